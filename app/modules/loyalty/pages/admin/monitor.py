"""`/admin/monitor` (A10): balance, earned, redeemed, expired, by hand; day by day, for any days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, g, render_template, request
from flask_babel import gettext as _

from ..... import clock
from .....accounts import vendors
from .....accounts.pages import own_shop
from .....errors import NotFound
from .....guards import guarded
from ... import programs, reports
from ...reports import Monitor
from . import dates, filters, tables
from .blueprint import pages

_USUAL_DAYS, _MOST_DAYS = 30, 366
_HEAD = (
    "day",
    "earned",
    "redeemed",
    "expired",
    "by_hand",
    "taken_back",
    "forgiven",
    "brought",
    "balance",
    "sales",
    "sales_minor",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The days and the shop of the URL. What cannot be read is in `wrong`, by its field, and the
    usual days are shown in its place."""

    first: date
    last: date
    shop: str
    vendor_id: int
    wrong: dict[str, str]

    @property
    def url(self) -> dict[str, str]:
        found = {"from": self.first.isoformat(), "to": self.last.isoformat(), "shop": self.shop}
        return {name: value for name, value in found.items() if value}


@pages.get("/monitor")
@guarded("admin", "overview")
def monitor() -> str:
    """The last thirty days, or `?from=YYYY-MM-DD&to=YYYY-MM-DD`, of all shops or of `?shop=`."""
    asked = _asked()
    seen = reports.monitor(asked.first, asked.last, vendor_id=asked.vendor_id)
    return render_template(
        "loyalty/admin/monitor.html",
        asked=asked,
        seen=seen,
        rules=programs.current(),
        finding=_finding(seen),
        held=own_shop() is not None,
        shops=[("", _("All shops")), *((shop.slug, shop.name) for shop in vendors.every())],
        bars=_bars(seen),
        shown=[each for each in reversed(seen.days) if each.figures.lines],
    )


@pages.get("/monitor.csv")
@guarded("admin", "overview")
def monitor_csv() -> Response:
    """The same days as a table for other programs."""
    asked = _asked()
    seen = reports.monitor(asked.first, asked.last, vendor_id=asked.vendor_id)
    return tables.answer("points", _HEAD, [list(_rows(seen))])


def _rows(seen: Monitor) -> Iterator[tuple[str | int, ...]]:
    for each in seen.days:
        f = each.figures
        points = (f.issued, f.redeemed, f.lapsed, f.adjusted, f.returned, f.forgiven, f.brought)
        yield (each.day.isoformat(), *points, each.balance, f.sales, f.sales_minor)


def _asked() -> Asked:
    today = clock.business_day(clock.now(), g.company.timezone)
    first, last, wrong = today - timedelta(days=_USUAL_DAYS - 1), today, {}
    typed = {name: request.args.get(name, "").strip() for name in ("from", "to")}
    read = {name: filters.day(value) for name, value in typed.items()}
    wrong = {
        name: _("Type a day such as 2026-11-22.")
        for name, value in typed.items()
        if value and read[name] is None
    }
    if not wrong:
        last = min(read["to"] or today, today)
        first = read["from"] or last - timedelta(days=_USUAL_DAYS - 1)
        if first > today:
            wrong["from"] = _("Days to come have no figures yet.")
        elif first > last:
            wrong["from"] = _("The first day is after the last one.")
        elif (last - first).days >= _MOST_DAYS:
            wrong["from"] = _("At most %(days)s days at once.", days=_MOST_DAYS)
        if wrong:
            first, last = today - timedelta(days=_USUAL_DAYS - 1), today
    slug = request.args.get("shop", "").strip()[:48]
    return Asked(first, last, slug, _vendor_id(slug), wrong)


def _vendor_id(slug: str) -> int:
    """A manager's own shop, whatever is asked; raises `NotFound` for one that there is not."""
    if (own := own_shop()) is not None:
        return own
    if not slug:
        return reports.ANY_SHOP
    if shop := vendors.by_slug(slug):
        return shop.id
    raise NotFound(_("There is no such shop."))


def _finding(seen: Monitor) -> str:
    """The page's heading: where the balance went, in one sentence."""
    if seen.closing == seen.opening:
        return _("%(points)s points, as before", points=dates.number(seen.closing))
    moved = seen.closing - seen.opening
    word = _("more") if moved > 0 else _("fewer")
    return _(
        "%(points)s points, %(moved)s %(more)s than before these days",
        points=dates.number(seen.closing),
        moved=dates.number(abs(moved)),
        more=word,
    )


def _bars(seen: Monitor) -> list[dict[str, object]]:
    return [
        {
            "label": dates.day(each.day, "EEE"),
            "sub": dates.day(each.day, "d MMM"),
            "issued": max(0, each.figures.issued),
            "redeemed": max(0, each.figures.redeemed),
        }
        for each in seen.days
    ]
