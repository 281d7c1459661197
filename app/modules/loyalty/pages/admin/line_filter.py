"""Which lines of the ledger are asked for, and what they come to together."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, func, select

from ..... import ids
from .....accounts.vendors import Vendor
from .....extensions import db
from ... import cards
from ...cards import LoyaltyCard
from ...ledger import LoyaltyTransaction
from . import filters, reach

SUMMED_AT_MOST = 10_000  # lines that are summed beside the list
_line = LoyaltyTransaction
_Lines = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Filter(filters.Typed):
    """What is asked in the URL; what cannot be read is in `wrong` and finds nothing."""

    type: str = ""
    shop: str = ""
    from_: str = ""
    to: str = ""
    card: str = ""
    staff: str = ""
    reference: str = ""

    @property
    def wrong(self) -> dict[str, str]:
        """By field, what cannot be looked for."""
        found = {}
        for name in ("from_", "to"):
            if getattr(self, name) and filters.day(getattr(self, name)) is None:
                found[name] = _("Type a day such as 2026-11-22.")
        if self.card and not cards.is_number(cards.typed(self.card)):
            found["card"] = _("A card has twelve characters; check them.")
        return found


@dataclass(frozen=True, slots=True)
class Sums:
    """What lines come to: points and stamps both ways, all positive, and what was paid in them
    less what was given back. `cut` says that there are more lines than were summed."""

    lines: int = 0
    points_in: int = 0
    points_out: int = 0
    stamps_in: int = 0
    stamps_out: int = 0
    paid_minor: int = 0

    @property
    def cut(self) -> bool:
        return self.lines == SUMMED_AT_MOST


def narrowed(query: _Lines, asked: Filter) -> _Lines:
    """The query of lines, held to the filter, and for a manager to their own shop."""
    query = query.where(reach.lines_here())
    if asked.type:
        query = query.where(_line.type == asked.type)
    if asked.shop:
        here = select(Vendor.id).where(Vendor.slug == asked.shop).scalar_subquery()
        query = query.where(_line.vendor_id == here)
    if asked.card:
        number = cards.typed(asked.card)
        card = select(LoyaltyCard.id).where(LoyaltyCard.number == number).scalar_subquery()
        query = query.where(_line.card_id == card)
    if asked.staff:
        query = query.where(_line.staff_id == (ids.told(asked.staff) or 0))
    if asked.reference:
        query = query.where(_line.reference == asked.reference)
    return _within(query, filters.day(asked.from_), filters.day(asked.to))


def sums_of(asked: Filter) -> Sums:
    """The newest lines that the filter finds, summed in one statement."""
    figures = (_line.type, _line.points, _line.stamps, _line.amount_minor)
    found = narrowed(select(*figures), asked).order_by(_line.id.desc()).limit(SUMMED_AT_MOST)
    line = found.subquery()
    paid = case(
        (line.c.type == "points_earned", line.c.amount_minor),
        (line.c.type == "voided", -line.c.amount_minor),
    )
    totals = (
        _above_zero(line.c.points),
        _above_zero(-line.c.points),
        _above_zero(line.c.stamps),
        _above_zero(-line.c.stamps),
        func.coalesce(func.sum(paid), 0),
    )
    row = db.session.execute(select(func.count(), *totals).select_from(line)).one()
    return Sums(*(int(figure) for figure in row))


def _above_zero(figure: ColumnElement[int]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((figure > 0, figure), else_=0)), 0)


def _within(query: _Lines, since: date | None, until: date | None) -> _Lines:
    """Business days, both included. Where keys tell the time, only that end of the ledger is
    read."""
    by_key = filters.keys_tell_time()
    if since:
        query = query.where(_line.business_day >= since)
        if by_key:
            query = query.where(_line.id >= ids.first_at(filters.midnight(since, -1)))
    if until:
        query = query.where(_line.business_day <= until)
        if by_key:
            query = query.where(_line.id < ids.first_at(filters.midnight(until, 3)))
    return query
