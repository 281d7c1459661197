"""What a line leaves elsewhere, compared with the lines: its event, and the card's clocks.

Statements for `invariants`: each row that one answers is a breach.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    CompoundSelect,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
)

from ....extensions import db
from ....outbox import OutboxEvent
from ..cards.models import LoyaltyCard
from .models import LoyaltyTransaction

_card: Any = LoyaltyCard.__table__
_line: Any = LoyaltyTransaction.__table__
_event: Any = OutboxEvent.__table__

_KINDS = {
    "welcome_bonus": "points.earned",
    "stamps_added": "stamp.added",
    "stamps_redeemed": "stamp.redeemed",
    "voided": "transaction.voided",
}


def without_event(company: int) -> CompoundSelect[Any]:
    """EXCEPT, not an outer join: without statistics that one is planned as a nested loop."""
    return _expected_events(company).except_(_told_events(company))


def without_line(company: int) -> CompoundSelect[Any]:
    """The end of a card's history can be cut off without a trace on the card; not here."""
    return _told_events(company).except_(_expected_events(company))


def _expected_events(company: int) -> Select[Any]:
    return select(cast(_line.c.id, String), case(_KINDS, value=_line.c.type)).where(
        _line.c.company_id == company, _line.c.type.in_(_KINDS)
    )


def _told_events(company: int) -> Select[Any]:
    postgresql = db.engine.dialect.name == "postgresql"
    body = cast(_event.c.body, JSON) if postgresql else type_coerce(_event.c.body, JSON)
    return select(body["transaction"].as_string(), _event.c.kind).where(
        _event.c.company_id == company, _event.c.kind.in_(_KINDS.values())
    )


def clocks(company: int) -> Select[Any]:
    """What the next stamp's waiting time and day begin from: the last stamp, and the latest day."""
    given = (
        select(
            _line.c.card_id,
            func.max(_line.c.sequence).label("sequence"),
            func.max(_line.c.business_day).label("day"),
        )
        .where(_line.c.company_id == company, _line.c.type == "stamps_added")
        .group_by(_line.c.card_id)
        .subquery()
    )
    last = and_(
        _line.c.company_id == _card.c.company_id,
        _line.c.card_id == _card.c.id,
        _line.c.sequence == given.c.sequence,
    )
    return (
        select(_card.c.id)
        .outerjoin(given, given.c.card_id == _card.c.id)
        .outerjoin(_line, last)
        .where(
            _card.c.company_id == company,
            or_(
                _card.c.last_stamp_at.is_distinct_from(_line.c.occurred_at),
                _card.c.stamp_day.is_distinct_from(given.c.day),
            ),
        )
    )
