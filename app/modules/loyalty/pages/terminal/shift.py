"""A terminal's day in figures: what it gave, less what it took back."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from .....extensions import db
from ...ledger import LoyaltyTransaction


@dataclass(frozen=True, slots=True)
class Shift:
    """A terminal's day in four figures."""

    cards: int
    stamps: int
    points: int
    rewards: int


def of_terminal(terminal_id: int, day: date) -> Shift:
    """What the terminal gave on a business day, less what it took back."""
    row = LoyaltyTransaction
    back = row.type == "voided"
    gave = row.type.in_(("stamps_added", "points_earned")) | (back & (row.stamps < 0))
    sold = (row.type == "points_earned") | (back & row.amount_minor.is_not(None))
    redeemed = row.type.in_(("stamps_redeemed", "points_redeemed"))
    cancelled = back & ((row.points > 0) | (row.stamps > 0))
    found = db.session.execute(
        select(
            func.count(row.card_id.distinct()),
            func.coalesce(func.sum(case((gave, row.stamps), else_=0)), 0),
            func.coalesce(func.sum(case((sold, row.points), else_=0)), 0),
            func.coalesce(func.sum(case((redeemed, 1), (cancelled, -1), else_=0)), 0),
        ).where(row.terminal_id == terminal_id, row.business_day == day)
    ).one()
    return Shift(*(int(figure) for figure in found))
