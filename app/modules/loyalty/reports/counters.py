"""One shop's days: what it came to, at which hours, and by whom.

Sums come from the daily figures. What cannot be summed by the day (which cards came by, the
hours, the people) is counted in the shop's own lines of these days, however old the shop is.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, distinct, func, or_, select

from .... import clock
from ....accounts.staff import StaffMember
from ....accounts.vendors import Vendor
from ....database import on_postgresql
from ....extensions import db
from ..cards import LoyaltyCard
from ..ledger import LoyaltyTransaction
from . import rollups
from .figures import lines_of, made_in
from .sums import SUMMED, VISITS, Figures
from .weeks import Week

ONE_DAY = timedelta(days=1)
_QUARTER = 900  # seconds: no zone's hours begin between two of them
_line = LoyaltyTransaction


@dataclass(frozen=True, slots=True)
class Hand:
    """What one person wrote here; `name` is None for what no counter wrote: the office, programs.

    `voids` are the lines that this person took back, `stamps_undone` the stamps among them.
    """

    name: str | None
    sales: int
    sales_minor: int
    stamps: int
    points: int
    rewards: int
    voids: int
    stamps_undone: int


@dataclass(frozen=True, slots=True)
class ShopFigures:
    """A shop's week or day, the same days of the week before, its hours and its people.

    `hours` are `(hour of the day, visits)`, without gaps; `busiest` is `(day, hour, visits)`.
    """

    week: Week
    now: Figures
    before: Figures
    days: tuple[tuple[date, Figures, Figures], ...]
    hours: tuple[tuple[int, int], ...]
    busiest: tuple[date, int, int] | None
    hands: tuple[Hand, ...]


def of_shop(shop: Vendor, week: Week) -> ShopFigures:
    """All figures of a shop for these days, in six statements."""
    by_day = rollups.by_day(week.before.monday, week.last, vendor_id=shop.id)
    came_by, joined = _came_by_day(shop, week), _joined(shop, week)
    whole = _came_by(shop, week)

    def figures(day: date) -> Figures:
        found = by_day.get(day, Figures())
        return replace(found, came_by=came_by.get(day, 0), joined=joined[day])

    days = tuple(
        (day, figures(day), figures(earlier))
        for day, earlier in zip(week.days, week.before.days, strict=True)
    )
    hours = _by_hour(shop, week)
    return ShopFigures(
        week=week,
        now=_together((now for _, now, _ in days), came_by=whole[True]),
        before=_together((before for _, _, before in days), came_by=whole[False]),
        days=days,
        hours=_of_the_day(hours),
        busiest=max(((*at, n) for at, n in hours.items()), key=lambda hour: hour[2], default=None),
        hands=_hands(shop, week),
    )


def _together(days: Iterable[Figures], *, came_by: int) -> Figures:
    days = list(days)
    total = {name: sum(getattr(day, name) for day in days) for name in (*SUMMED, "joined")}
    return Figures(**total, came_by=came_by)


def _visits(shop: Vendor, *weeks: Week) -> tuple[ColumnElement[bool], ...]:
    return *_lines(shop, *weeks), _line.type.in_(VISITS)


def _lines(shop: Vendor, *weeks: Week) -> tuple[ColumnElement[bool], ...]:
    """The shop's lines of these weeks, read from its index between the two ends."""
    return lines_of(*weeks), _line.vendor_id == shop.id


def _came_by(shop: Vendor, week: Week) -> dict[bool, int]:
    """Distinct cards of these days (True) and of those of the week before (False)."""
    this = (_line.business_day >= week.monday).label("this")
    query = select(this, func.count(distinct(_line.card_id))).group_by(this)
    found = db.session.execute(query.where(*_visits(shop, week, week.before)))
    return {True: 0, False: 0} | {bool(which): number for which, number in found}


def _came_by_day(shop: Vendor, week: Week) -> dict[date, int]:
    query = select(_line.business_day, func.count(distinct(_line.card_id)))
    query = query.where(*_visits(shop, week, week.before)).group_by(_line.business_day)
    found: dict[date, int] = dict(db.session.execute(query).all())
    return found


def _joined(shop: Vendor, week: Week) -> "Counter[date]":
    """Cards that were made here, by the day on the shop's clock."""
    made, quarter = LoyaltyCard.created_at, _quarter(LoyaltyCard.created_at)
    spans = (and_(made >= span.begins, made < span.ends) for span in (week, week.before))
    query = select(quarter, func.count()).group_by(quarter)
    query = query.where(
        LoyaltyCard.enrolled_vendor_id == shop.id,
        or_(*spans),
        *made_in(LoyaltyCard.id, week, week.before),
    )
    found: Counter[date] = Counter()
    for at, number in db.session.execute(query):
        found[_local(at, shop).date()] += number
    return found


def _by_hour(shop: Vendor, week: Week) -> "Counter[tuple[date, int]]":
    """Visits by the hour on the shop's clock."""
    quarter = _quarter(_line.occurred_at)
    query = select(quarter, func.count()).where(*_visits(shop, week)).group_by(quarter)
    found: Counter[tuple[date, int]] = Counter()
    for at, number in db.session.execute(query):
        local = _local(at, shop)
        found[local.date(), local.hour] += number
    return found


def _of_the_day(hours: "Counter[tuple[date, int]]") -> tuple[tuple[int, int], ...]:
    """All days' visits by the hour, from the first hour with one to the last."""
    found: Counter[int] = Counter()
    for (_, hour), number in hours.items():
        found[hour] += number
    return tuple((n, found[n]) for n in range(min(found, default=0), max(found, default=-1) + 1))


def _quarter(moment: Any) -> ColumnElement[int]:
    """The quarter of an hour in which it was, counted since 1970."""
    if on_postgresql():
        seconds = cast(func.floor(func.extract("epoch", moment)), BigInteger)
    else:
        seconds = cast(func.strftime("%s", moment), BigInteger)
    return (seconds // _QUARTER).label("quarter")


def _local(quarter: int, shop: Vendor) -> datetime:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=quarter * _QUARTER)
    return moment.astimezone(clock.zone(shop.timezone))


def _hands(shop: Vendor, week: Week) -> tuple[Hand, ...]:
    """Who did how much, the busiest first."""
    sale = and_(_line.type == "points_earned", _line.amount_minor.is_not(None))
    given = _line.type.in_(("stamps_added", "points_earned"))
    redeemed = _line.type.in_(("stamps_redeemed", "points_redeemed"))
    voided = _line.type == "voided"
    sums = (
        _sum(sale, 1),
        _sum(sale, _line.amount_minor),
        _sum(given, _line.stamps),
        _sum(_line.type == "points_earned", _line.points),
        _sum(redeemed, 1),
        _sum(voided, 1),
        _sum(and_(voided, _line.stamps < 0), -_line.stamps),
    )
    query = (
        select(StaffMember.name, *sums)
        .select_from(_line)
        .outerjoin(StaffMember, StaffMember.id == _line.staff_id)
        .where(*_lines(shop, week))
        .group_by(_line.staff_id, StaffMember.name)
        .order_by(func.count().desc(), StaffMember.name)
    )
    rows = ((name, [int(figure) for figure in each]) for name, *each in db.session.execute(query))
    return tuple(Hand(name, *each) for name, each in rows if any(each))


def _sum(condition: ColumnElement[bool], what: Any) -> ColumnElement[Any]:
    return func.sum(case((condition, what), else_=0))
