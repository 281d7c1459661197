"""`/admin/vendors/<slug>/stats`: one shop's week or day in figures, on a page and as a table."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Response, g, render_template, request, url_for

from ..... import clock
from .....accounts.vendors import Vendor
from .....guards import guarded
from .....money import minor_digits
from ... import programs, reports
from ...ledger.explain import words
from ...reports import Figures, Week
from . import dates, filters, reach, stats_words, tables
from .blueprint import pages
from .tables import Cells

_DAY = timedelta(days=1)
_EARLIEST = date(2000, 1, 3)
# A figure's name in the table, and here.
_COUNTED = {
    "cards_seen": "came_by",
    "cards_made": "joined",
    "sales": "sales",
    "stamps_given": "given",
    "stamps_used": "used",
    "points_issued": "issued",
    "points_redeemed": "redeemed",
    "rewards_taken": "taken",
    "points_by_returns": "returned",
    "points_by_hand": "adjusted",
    "points_expired": "lapsed",
}
_HEAD = ("business_day", "shop", *_COUNTED, "sales_amount", "currency")


@pages.get("/vendors/<string:vendor_slug>/stats")
@guarded("admin", "shop")
def vendor_stats(vendor_slug: str) -> str:
    """The week that holds `?week=` a day, or `?day=` alone; this week where neither is asked."""
    shop = reach.shop(vendor_slug)
    week, one_day = _span(shop)
    seen, rules = reports.of_shop(shop, week), programs.current()
    return render_template(
        "loyalty/admin/stats.html",
        shop=shop,
        seen=seen,
        rules=rules,
        one_day=one_day,
        finding=stats_words.finding(seen, one_day=one_day),
        span=stats_words.span(seen, one_day=one_day),
        charts=[] if one_day else stats_words.charts(seen, rules),
        hours=stats_words.hours(seen),
        busiest=stats_words.busiest(seen, one_day=one_day),
        voids=stats_words.voids(seen),
        money=words.money,
        number=words.number,
        **_ways(shop, week, one_day=one_day),
    )


@pages.get("/vendors/<string:vendor_slug>/stats.csv")
@guarded("admin", "shop")
def vendor_stats_csv(vendor_slug: str) -> Response:
    """The same days, one a row."""
    shop = reach.shop(vendor_slug)
    seen = reports.of_shop(shop, _span(shop)[0])
    rows = [_cells(day, shop, figures) for day, figures, _before in seen.days]
    return tables.answer(f"figures-{shop.slug}", _HEAD, [rows])


def _span(shop: Vendor) -> tuple[Week, bool]:
    """The days that are asked for, and whether it is a single one. None of them is to come."""
    today = clock.business_day(clock.now(), shop.timezone)
    day = filters.day(request.args.get("day", ""))
    if day is None:
        asked = filters.day(request.args.get("week", "")) or today
        return reports.week_of(max(asked, _EARLIEST), shop.timezone), False
    day = min(max(day, _EARLIEST), today)
    return Week(day, day, shop.timezone, running=day == today), True


def _ways(shop: Vendor, week: Week, *, one_day: bool) -> dict[str, Any]:
    """Where one goes from here: earlier, later, the days of the week, the table."""

    def at(**asked: date) -> str:
        days: dict[str, Any] = {name: day.isoformat() for name, day in asked.items()}
        return url_for(".vendor_stats", vendor_slug=shop.slug, **days)

    kind, step = ("day", _DAY) if one_day else ("week", 7 * _DAY)
    whole = reports.week_of(week.monday, shop.timezone)
    asked: dict[str, Any] = {kind: week.monday.isoformat()}
    return {
        "earlier": at(**{kind: week.monday - step}),
        "later": None if week.running else at(**{kind: week.monday + step}),
        "whole_week": at(week=whole.monday),
        "week_days": [
            (dates.day(day, "EEE d"), at(day=day), one_day and day == week.monday)
            for day in whole.days
        ],
        "csv": url_for(".vendor_stats_csv", vendor_slug=shop.slug, **asked),
    }


def _cells(day: date, shop: Vendor, figures: Figures) -> Cells:
    paid = Decimal(figures.sales_minor).scaleb(-minor_digits(g.company.currency))
    counted = (getattr(figures, name) for name in _COUNTED.values())
    return (day.isoformat(), tables.safe(shop.name), *counted, paid, g.company.currency)
