"""The statements of posting: constants, put together once for each kind of line.

PostgreSQL takes a line with all that follows from it as one data-modifying CTE, SQLite the same
statements in turn. No statement needs another's answer, because ids are ours. Each value
travels once, whatever number of columns takes it, and a plain stamp names no column that it
leaves empty.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from ....idempotency import IdempotencyRecord
from ....outbox import OutboxEvent
from ..cards.models import LoyaltyCard
from . import chain
from .models import LoyaltyTransaction, PointDraw, PointLot

_CARD: Any = LoyaltyCard.__table__
_LINE: Any = LoyaltyTransaction.__table__
_LOT: Any = PointLot.__table__
_DRAW: Any = PointDraw.__table__

# A column takes the value of its own name, or the one named here.
_MOVED = {
    "points_balance": "points_after",
    "stamps_balance": "stamps_after",
    "lifetime_points": "lifetime_after",
    "sequence": "sequence",
    "head": "chain",
    "last_stamp_at": "last_stamp_at",
    "stamp_day": "stamp_day",
    "stamp_day_count": "stamp_day_count",
    "stamp_eve_count": "stamp_eve_count",
    "last_activity_at": "last_activity_at",
}
_REMEMBERED = {
    name: name for name in ("purchases", "purchases_peak", "birthday_year", "welcome_due")
}
_DETAILS = set(chain.LATER)

# What a line may bring with it; a form is the set of those that it does.
DETAILED, MEMORY, RECORD, LOT, DRAWS, REFILLS = (
    "detailed",  # amount, reward or reason
    "memory",  # what bonuses remember on the card
    "record",  # the kept answer of an idempotency key
    "lot",  # points granted
    "draws",  # points taken from lots, the oldest first
    "refills",  # points given back to the lots they came from
)
Form = frozenset[str]

_EVENT = {
    "company_id": "company_id",
    "id": "event_id",
    "kind": "event_kind",
    "body": "event_body",
    "due_at": "occurred_at",
    "created_at": "occurred_at",
    "uncounted_line_id": "id",
}
_NEW_LOT = {
    "company_id": "company_id",
    "id": "lot_id",
    "card_id": "card_id",
    "transaction_id": "id",
    "granted": "lot_granted",
    "remaining": "lot_remaining",
    "granted_on": "lot_granted_on",
    "expires_on": "lot_expires_on",
}
_KEPT_ANSWER = {
    "company_id": "company_id",
    "caller": "caller",
    "key": "key",
    "request_hash": "request_hash",
    "status": "status",
    "body": "answer",
    "transaction_id": "id",
    "created_at": "occurred_at",
}


@cache
def in_turn(form: Form) -> tuple[Any, ...]:
    """SQLite's statements: the card moves first, and what follows from it after."""
    inserts = [_inserting(table, taken) for table, taken in _rows(form)]
    return (_moving(form), *inserts, *(_drawing_in_turn(form) if _draws(form) else ()))


@cache
def at_once(form: Form) -> Select[int]:
    """PostgreSQL's statement: the card moves, and everything else hangs from the row that moved."""
    moved = _moving(form).returning(_CARD.c.id).cte("moved")
    parts = [
        _inserting(table, taken, moved).cte(f"new_{table.name}") for table, taken in _rows(form)
    ]
    if _draws(form):
        taken = _taken(form).cte("taken")
        parts.append(_drawn(taken, moved).cte("new_draws"))
        parts.append(_settled(form, taken).cte("settled"))
    return select(func.count().label("moved")).select_from(moved).add_cte(*parts)


def _rows(form: Form) -> list[tuple[Any, dict[str, str]]]:
    """The rows that a line of this form inserts, each with its values."""
    columns = [c.name for c in _LINE.c if c.name not in _DETAILS or DETAILED in form]
    rows: list[tuple[Any, dict[str, str]]] = [
        (_LINE, dict(zip(columns, columns, strict=True))),
        (OutboxEvent.__table__, _EVENT),
    ]
    if LOT in form:
        rows.append((_LOT, _NEW_LOT))
    if RECORD in form:
        rows.append((IdempotencyRecord.__table__, _KEPT_ANSWER))
    return rows


def _moving(form: Form) -> Any:
    """The card, guarded by its sequence."""
    return (
        update(_CARD)
        .where(
            _CARD.c.company_id == bindparam("new_company_id"),
            _CARD.c.id == bindparam("new_card_id"),
            _CARD.c.sequence == bindparam("new_sequence_before"),
        )
        .values(_values(_CARD, _MOVED | _REMEMBERED if MEMORY in form else _MOVED))
    )


def _values(table: Any, taken: dict[str, str]) -> dict[str, Any]:
    """`{column: parameter}`; the prefix keeps them apart from the names of columns."""
    return {
        column: bindparam(f"new_{value}", type_=table.c[column].type)
        for column, value in taken.items()
    }


def _inserting(table: Table, taken: dict[str, str], *moved: Any) -> Any:
    """One row of values, where the card has moved; what is not named here has the schema's
    default."""
    row = select(*_values(table, taken).values()).select_from(*moved)
    return insert(table).from_select(list(taken), row, False)


# Written into the statement: a plan for any value could not use the index of open lots.
_ZERO: Any = literal_column("0")

# Lots that a repaid debt, a spent point or a return takes from; and those that get points back.


def _draws(form: Form) -> bool:
    return DRAWS in form or REFILLS in form


def _taken(form: Form) -> Select[Any]:
    """`(lot_id, points)`: how much of `new_drawn` each lot gives, or gets back (below zero)."""
    drawn = bindparam("new_drawn", type_=BigInteger())
    if REFILLS in form:
        order = [_LOT.c.granted_on.desc(), _LOT.c.id.desc()]
        held, source = (
            _DRAW.c.points,
            _DRAW.join(
                _LOT, (_LOT.c.company_id == _DRAW.c.company_id) & (_LOT.c.id == _DRAW.c.lot_id)
            ),
        )
        which = [
            _DRAW.c.company_id == bindparam("new_company_id"),
            _DRAW.c.transaction_id == bindparam("new_refills"),
            _DRAW.c.points > 0,
        ]
    else:
        own = case((_LOT.c.transaction_id == bindparam("new_draws_first"), 0), else_=1)
        order = [own, _LOT.c.granted_on, _LOT.c.id]
        held, source = _LOT.c.remaining, _LOT
        which = [
            _LOT.c.company_id == bindparam("new_company_id"),
            _LOT.c.card_id == bindparam("new_card_id"),
            _LOT.c.remaining > _ZERO,
        ]
    before = cast(func.sum(held).over(order_by=order), BigInteger) - held
    lots = select(_LOT.c.id.label("lot_id"), held.label("held"), before.label("before"))
    reached = lots.select_from(source).where(*which).subquery("reached")
    left = drawn - reached.c.before
    share = case((reached.c.held < left, reached.c.held), else_=left)
    sign = literal(-1 if REFILLS in form else 1, Integer)
    return select(reached.c.lot_id, (sign * share).label("points")).where(left > 0)


def _drawn(taken: Any, *moved: Any) -> Any:
    """The draws, as facts beside the line."""
    row = select(
        bindparam("new_company_id", type_=BigInteger()),
        bindparam("new_id", type_=BigInteger()),
        taken.c.lot_id,
        taken.c.points,
    ).select_from(taken, *moved)
    return insert(_DRAW).from_select(
        ["company_id", "transaction_id", "lot_id", "points"], row, False
    )


def _settled(form: Form, taken: Any) -> Any:
    """The lots, less what was drawn; a refilled one is kept to the end of the next day."""
    values: dict[str, Any] = {"remaining": _LOT.c.remaining - taken.c.points}
    if REFILLS in form:
        keep = bindparam("new_keep_until", type_=Date())
        later = (_LOT.c.keep_until > keep, _LOT.c.keep_until)
        values["keep_until"] = case(later, else_=keep)
    return (
        update(_LOT)
        .where(
            _LOT.c.company_id == bindparam("new_company_id"),
            _LOT.c.id == taken.c.lot_id,
        )
        .values(values)
    )


def _drawing_in_turn(form: Form) -> tuple[Any, ...]:
    drawn = (
        select(_DRAW.c.lot_id, _DRAW.c.points)
        .where(
            _DRAW.c.company_id == bindparam("new_company_id"),
            _DRAW.c.transaction_id == bindparam("new_id"),
        )
        .subquery("drawn")
    )
    return _drawn(_taken(form).subquery("taken")), _settled(form, drawn)
