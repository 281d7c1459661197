"""What a change of the rules would do to the cards there are."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, select

from ....extensions import db
from ..cards import CLOSED, LoyaltyCard
from ..programs import Rules


@dataclass(frozen=True, slots=True)
class Effect:
    """Open cards that change what they can have, the moment the rules are published."""

    cards: int
    become_ready: int
    lose_readiness: int
    keep_unusable_stamps: int


def effect_of(before: Rules, after: Rules) -> Effect:
    """Counted on the acting company's cards, in one statement."""
    balance = LoyaltyCard.stamps_balance
    was = balance >= before.stamps_target if before.stamps else false()
    will = balance >= after.stamps_target if after.stamps else false()

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = select(
        func.count(),
        number(and_(will, ~was)),
        number(and_(was, ~will)),
        number(balance > 0),
    ).where(LoyaltyCard.status != CLOSED)
    cards, ready, lost, stamped = db.session.execute(query).one()
    stops = before.stamps and not after.stamps
    return Effect(cards, int(ready), int(lost), int(stamped) if stops else 0)
