"""What a partner asks most: a card's balances, in one statement outside the unit of work."""

from typing import Any

from sqlalchemy import bindparam, case, select

from ....database import hot
from ....errors import NotFound
from ..programs import LoyaltyProgram
from .models import CLOSED, LoyaltyCard
from .numbers import is_number, typed

_card = LoyaltyCard.__table__.c
_program = LoyaltyProgram.__table__.c

BALANCES = (
    select(
        _card.number,
        _card.status,
        _card.points_balance,
        _card.stamps_balance,
        _card.lifetime_points,
        case(
            (_card.lifetime_points > _card.laid_aside, _card.lifetime_points - _card.laid_aside),
            else_=0,
        ).label("tier_points"),
        _program.revision_id,
    )
    .join_from(
        LoyaltyCard.__table__, LoyaltyProgram.__table__, _program.company_id == _card.company_id
    )
    .where(_card.company_id == bindparam("company_id"), _card.number == bindparam("number"))
)


def balances(number: str) -> Any:
    """The row of `BALANCES` for a card's number as typed; raises `NotFound`."""
    number = typed(number)
    row = hot(BALANCES, number=number) if is_number(number) else None
    if row is None or row.status == CLOSED:
        raise NotFound("There is no card with that number.")
    return row
