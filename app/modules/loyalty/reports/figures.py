"""The overview's figures: one reading of the ledger for all of them, so that they agree.

What counts, in one place:

* **given**: stamps added, less those taken back;
* **taken**: stamp rewards redeemed, less those given back; **used** are the stamps they took;
* **came by**: cards that collected or redeemed something, each counted once;
* **joined**: cards made, whatever became of them.

Lines count on the business day that stands on them, cards on the day they were made in the
company's zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, distinct, func, or_, select

from .... import ids
from ....accounts import vendors
from ....extensions import db
from ..cards import CLOSED, LoyaltyCard
from ..ledger import LoyaltyTransaction
from .weeks import Week

VISITS = ("stamps_added", "stamps_redeemed", "points_earned", "points_redeemed")
_line = LoyaltyTransaction


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of one week, one day or one shop."""

    given: int = 0
    used: int = 0
    taken: int = 0
    came_by: int = 0
    joined: int = 0


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's week; `name` is None for what no shop did (the API without a shop)."""

    name: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand now: open cards, and the rewards that wait on them."""

    members: int
    ready_cards: int
    ready_rewards: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A week, the same days of the week before, its days and its shops."""

    week: Week
    now: Figures
    before: Figures
    days: tuple[tuple[date, Figures, Figures], ...]
    shops: tuple[Shop, ...]
    in_several_shops: int
    standing: Standing


def overview(week: Week, *, stamps_target: int) -> Overview:
    """All figures of the acting company for this week, in seven statements."""
    by_day = _by_day(week)
    came_by, joined = _came_by(week), _joined(week)
    return Overview(
        week=week,
        now=_together(by_day, week, came_by[True], sum(joined[True].values())),
        before=_together(by_day, week.before, came_by[False], sum(joined[False].values())),
        days=tuple(
            (day, by_day.get(day, Figures()), by_day.get(earlier, Figures()))
            for day, earlier in zip(week.days, week.before.days, strict=True)
        ),
        shops=_by_shop(week, joined[True]),
        in_several_shops=_in_several_shops(week),
        standing=_standing(stamps_target),
    )


def _of(*weeks: Week) -> ColumnElement[bool]:
    """The lines of these weeks, found by their key where that is possible.

    In production nobody moves the clock, so no line is older than its id says, and only the
    end of the ledger is read. Elsewhere an id says nothing about the day.
    """
    days = or_(*(_line.business_day.between(week.monday, week.last) for week in weeks))
    if not current_app.config["SETTINGS"].production:
        return days
    begins = min(week.begins for week in weeks)
    return and_(days, _line.id >= ids.first_at(begins - timedelta(days=1)))


def _sums() -> tuple[ColumnElement[Any], ...]:
    """given, used, taken: a void of stamps takes from what was given, a void of a redemption
    from what was taken."""
    undone = and_(_line.type == "voided", _line.stamps < 0)
    returned = and_(_line.type == "voided", _line.stamps > 0)
    redeemed = _line.type == "stamps_redeemed"
    return (
        func.sum(case((or_(_line.type == "stamps_added", undone), _line.stamps), else_=0)),
        func.sum(case((or_(redeemed, returned), -_line.stamps), else_=0)),
        func.sum(case((redeemed, 1), (returned, -1), else_=0)),
    )


def _by_day(week: Week) -> dict[date, Figures]:
    query = (
        select(_line.business_day, *_sums())
        .where(_of(week, week.before))
        .group_by(_line.business_day)
    )
    return {
        day: Figures(given=int(given), used=int(used), taken=int(taken))
        for day, given, used, taken in db.session.execute(query)
    }


def _together(by_day: dict[date, Figures], week: Week, came_by: int, joined: int) -> Figures:
    days: Iterable[Figures] = [by_day[day] for day in week.days if day in by_day]
    return Figures(
        given=sum(day.given for day in days),
        used=sum(day.used for day in days),
        taken=sum(day.taken for day in days),
        came_by=came_by,
        joined=joined,
    )


def _came_by(week: Week) -> dict[bool, int]:
    """Distinct cards of this week (True) and of the week before (False)."""
    this = _line.business_day >= week.monday
    query = (
        select(this.label("this"), func.count(distinct(_line.card_id)))
        .where(_of(week, week.before), _line.type.in_(VISITS))
        .group_by("this")
    )
    return {True: 0, False: 0} | {bool(which): n for which, n in db.session.execute(query)}


def _joined(week: Week) -> dict[bool, dict[int | None, int]]:
    """New cards by shop, of this week (True) and of the week before (False)."""
    made = LoyaltyCard.created_at
    this = made >= week.begins
    query = (
        select(this.label("this"), LoyaltyCard.enrolled_vendor_id, func.count())
        .where(
            or_(
                and_(made >= week.begins, made < week.ends),
                and_(made >= week.before.begins, made < week.before.ends),
            )
        )
        .group_by("this", LoyaltyCard.enrolled_vendor_id)
    )
    found: dict[bool, dict[int | None, int]] = {True: {}, False: {}}
    for which, vendor_id, number in db.session.execute(query):
        found[bool(which)][vendor_id] = number
    return found


def _by_shop(week: Week, joined: dict[int | None, int]) -> tuple[Shop, ...]:
    """Each open shop and whoever else did something, busiest first."""
    visited = case((_line.type.in_(VISITS), _line.card_id))
    query = (
        select(_line.vendor_id, *_sums(), func.count(distinct(visited)))
        .where(_of(week))
        .group_by(_line.vendor_id)
    )
    rows = {row[0]: row[1:] for row in db.session.execute(query)}
    named = {vendor.id: vendor for vendor in vendors.every()}
    shown = {v.id for v in named.values() if v.status == "open"} | set(rows) | set(joined)
    shops = []
    for vendor_id in shown:
        given, used, taken, came_by = rows.get(vendor_id, (0, 0, 0, 0))
        figures = Figures(int(given), int(used), int(taken), came_by, joined.get(vendor_id, 0))
        shops.append(Shop(named[vendor_id].name if vendor_id else None, figures))
    return tuple(sorted(shops, key=lambda shop: (-shop.figures.given, shop.name or "")))


def _in_several_shops(week: Week) -> int:
    """Cards that the sum over the shops counts more than once."""
    seen = (
        select(_line.card_id)
        .where(_of(week), _line.type.in_(VISITS))
        .group_by(_line.card_id)
        .having(func.count(distinct(_line.vendor_id)) > 1)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(seen)) or 0


def _standing(target: int) -> Standing:
    balance = LoyaltyCard.stamps_balance
    ready = case((balance >= target, balance // target), else_=0)
    query = select(
        func.count(), func.sum(case((balance >= target, 1), else_=0)), func.sum(ready)
    ).where(LoyaltyCard.status != CLOSED)
    members, cards, rewards = db.session.execute(query).one()
    return Standing(members, int(cards or 0), int(rewards or 0))
