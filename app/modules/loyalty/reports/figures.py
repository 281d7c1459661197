"""The overview's figures. What each of them counts stands in `sums.py`.

Sums come from the daily figures (`rollups.py`). Cards that came by cannot be summed: they are
counted in the week's own lines. Lines count on the business day that stands on them, cards on the
day they were made in the company's zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, distinct, func, or_, select

from .... import ids
from ....accounts import vendors
from ....extensions import db
from ..cards import CLOSED, LoyaltyCard
from ..ledger import LoyaltyTransaction
from . import rollups
from .sums import SUMMED, VISITS, Figures
from .weeks import Week

_line = LoyaltyTransaction


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's week; `name` is None for what no shop did (the API without a shop)."""

    name: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand now: open cards, the rewards that wait on them, the points that can be
    spent (debts left out), and the points that are owed to the company."""

    members: int
    ready_cards: int
    ready_rewards: int
    open_points: int
    owed_points: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A week, the same days of the week before, its days and its shops; of one shop alone without
    `shops`, and without what belongs to no shop: how the company's cards stand."""

    week: Week
    now: Figures
    before: Figures
    days: tuple[tuple[date, Figures, Figures], ...]
    shops: tuple[Shop, ...]
    in_several_shops: int
    standing: Standing | None


def overview(week: Week, *, stamps_target: int, vendor_id: int = rollups.ANY_SHOP) -> Overview:
    """All figures of the acting company for this week, in seven statements; or a shop's."""
    whole = vendor_id == rollups.ANY_SHOP
    by_day = rollups.by_day(week.before.monday, week.last, vendor_id=vendor_id)
    came_by, joined = _came_by(week, vendor_id), _joined(week)
    new = {
        this: sum(n for shop, n in shops.items() if whole or shop == vendor_id)
        for this, shops in joined.items()
    }
    return Overview(
        week=week,
        now=_together(by_day, week, came_by[True], new[True]),
        before=_together(by_day, week.before, came_by[False], new[False]),
        days=tuple(
            (day, by_day.get(day, Figures()), by_day.get(earlier, Figures()))
            for day, earlier in zip(week.days, week.before.days, strict=True)
        ),
        shops=_by_shop(week, joined[True]) if whole else (),
        in_several_shops=_in_several_shops(week) if whole else 0,
        standing=_standing(stamps_target) if whole else None,
    )


def lines_of(*weeks: Week) -> ColumnElement[bool]:
    """The lines of these weeks, however long the ledger is before and after them."""
    days = or_(*(_line.business_day.between(week.monday, week.last) for week in weeks))
    return and_(days, *made_in(_line.id, *weeks))


def made_in(key: Any, *weeks: Week) -> Iterator[ColumnElement[bool]]:
    """What a key says of when its row was made, with the days that shops may lie apart.

    In production nobody moves the clock, so it says so truly; elsewhere it says nothing.
    """
    if current_app.config["SETTINGS"].production:
        yield key >= ids.first_at(min(week.begins for week in weeks) - timedelta(days=1))
        yield key < ids.first_at(max(week.ends for week in weeks) + timedelta(days=3))


def _together(by_day: dict[date, Figures], week: Week, came_by: int, joined: int) -> Figures:
    days = [by_day[day] for day in week.days if day in by_day]
    together = {name: sum(getattr(day, name) for day in days) for name in SUMMED}
    return Figures(**together, came_by=came_by, joined=joined)


def _came_by(week: Week, vendor_id: int) -> dict[bool, int]:
    """Distinct cards of this week (True) and of the week before (False)."""
    this = _line.business_day >= week.monday
    query = (
        select(this.label("this"), func.count(distinct(_line.card_id)))
        .where(lines_of(week, week.before), _line.type.in_(VISITS))
        .group_by("this")
    )
    if vendor_id != rollups.ANY_SHOP:
        query = query.where(_line.vendor_id == vendor_id)
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
            ),
            *made_in(LoyaltyCard.id, week, week.before),
        )
        .group_by("this", LoyaltyCard.enrolled_vendor_id)
    )
    found: dict[bool, dict[int | None, int]] = {True: {}, False: {}}
    for which, vendor_id, number in db.session.execute(query):
        found[bool(which)][vendor_id] = number
    return found


def _by_shop(week: Week, joined: dict[int | None, int]) -> tuple[Shop, ...]:
    """Each open shop and whoever else did something, busiest first."""
    came = (
        select(_line.vendor_id, func.count(distinct(_line.card_id)))
        .where(lines_of(week), _line.type.in_(VISITS))
        .group_by(_line.vendor_id)
    )
    came_by: dict[int | None, int] = dict(db.session.execute(came).all())
    summed = rollups.by_shop(week.monday, week.last)
    shops_by_id = {vendor.id: vendor for vendor in vendors.every()}
    shown = {v.id for v in shops_by_id.values() if v.status == "open"} | set(summed) | set(joined)
    shops = []
    for vendor_id in shown:
        figures = replace(
            summed.get(vendor_id, Figures()),
            came_by=came_by.get(vendor_id, 0),
            joined=joined.get(vendor_id, 0),
        )
        shops.append(Shop(shops_by_id[vendor_id].name if vendor_id else None, figures))
    return tuple(sorted(shops, key=_busiest))


def _in_several_shops(week: Week) -> int:
    """Cards that the sum over the shops counts more than once."""
    seen = (
        select(_line.card_id)
        .where(lines_of(week), _line.type.in_(VISITS))
        .group_by(_line.card_id)
        .having(func.count(distinct(_line.vendor_id)) > 1)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(seen)) or 0


def _busiest(shop: Shop) -> tuple[int, int, str]:
    return -shop.figures.issued, -shop.figures.given, shop.name or ""


def _standing(target: int) -> Standing:
    balance, points = LoyaltyCard.stamps_balance, LoyaltyCard.points_balance
    ready = case((balance >= target, balance // target), else_=0)
    query = select(
        func.count(),
        func.sum(case((balance >= target, 1), else_=0)),
        func.sum(ready),
        func.sum(case((points > 0, points), else_=0)),
        func.sum(case((points < 0, -points), else_=0)),
    ).where(LoyaltyCard.status != CLOSED)
    return Standing(*(int(figure or 0) for figure in db.session.execute(query).one()))
