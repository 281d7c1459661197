"""Posting: the one place that writes a line, a balance, a lot and their event.

A fixed set of Core statements: move the card (guarded by its sequence), then insert what
follows from it. PostgreSQL takes them as one data-modifying CTE, SQLite in turn. No
statement needs another's answer, because ids are ours. Each value travels once, whatever
number of columns takes it: psycopg keeps the form of a statement only up to 50 parameters.
"""

from typing import Any

from sqlalchemy import Select, Table, bindparam, func, insert, select, update

from ....accounts.actors import Actor
from ....database import driver
from ....extensions import db
from ....idempotency import Attempt, IdempotencyRecord, Posted
from ....ids import new_id
from ....outbox import OutboxEvent
from ..cards.models import LoyaltyCard
from . import chain
from .answers import answer
from .decision import Decision, LockedCard, Setting
from .models import LoyaltyTransaction, PointLot

_CARD: Any = LoyaltyCard.__table__
_LINE: Any = LoyaltyTransaction.__table__
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
_PARTS: dict[str, tuple[Any, dict[str, str]]] = {
    "line": (_LINE, {column.name: column.name for column in _LINE.c}),
    "event": (
        OutboxEvent.__table__,
        {
            "company_id": "company_id",
            "id": "event_id",
            "kind": "event_kind",
            "body": "event_body",
            "due_at": "occurred_at",
            "created_at": "occurred_at",
        },
    ),
    "lot": (
        PointLot.__table__,
        {
            "company_id": "company_id",
            "id": "lot_id",
            "card_id": "card_id",
            "transaction_id": "id",
            "granted": "points",
            "remaining": "lot_remaining",
            "granted_on": "business_day",
        },
    ),
    "record": (
        IdempotencyRecord.__table__,
        {
            "company_id": "company_id",
            "caller": "caller",
            "key": "key",
            "request_hash": "request_hash",
            "status": "status",
            "body": "answer",
            "transaction_id": "id",
            "created_at": "occurred_at",
        },
    ),
}


def _values(table: Any, taken: dict[str, str]) -> dict[str, Any]:
    """`{column: parameter}`; the prefix keeps them apart from the names of columns."""
    return {
        column: bindparam(f"new_{value}", type_=table.c[column].type)
        for column, value in taken.items()
    }


MOVE_CARD = (
    update(_CARD)
    .where(
        _CARD.c.company_id == bindparam("new_company_id"),
        _CARD.c.id == bindparam("new_card_id"),
        _CARD.c.sequence == bindparam("new_sequence_before"),
    )
    .values(_values(_CARD, _MOVED))
)


def _in_turn(*parts: tuple[Any, dict[str, str]]) -> tuple[Any, ...]:
    """SQLite's form: one INSERT after the other, after the card has moved."""
    return tuple(_inserting(table, taken) for table, taken in parts)


def _at_once(*parts: tuple[Any, dict[str, str]]) -> Select[int]:
    """PostgreSQL's form: the card moves, and everything else hangs from the row that moved."""
    moved = MOVE_CARD.returning(_CARD.c.id).cte("moved")
    inserts = [_inserting(table, taken, moved).cte(f"new_{table.name}") for table, taken in parts]
    return select(func.count().label("moved")).select_from(moved).add_cte(*inserts)


def _inserting(table: Table, taken: dict[str, str], *moved: Any) -> Any:
    """One row of values, where the card has moved; what is not named here has the schema's
    default."""
    row = select(*_values(table, taken).values()).select_from(*moved)
    return insert(table).from_select(list(taken), row, False)


# By (whether a lot is granted, whether an answer is kept).
_FORMS = {
    (lot, record): [_PARTS["line"], _PARTS["event"]]
    + [_PARTS["lot"]] * lot
    + [_PARTS["record"]] * record
    for lot in (False, True)
    for record in (False, True)
}
IN_TURN = {form: _in_turn(*parts) for form, parts in _FORMS.items()}
AT_ONCE = {form: _at_once(*parts) for form, parts in _FORMS.items()}


def post(
    card: LockedCard, decision: Decision, *, where: Setting, by: Actor, attempt: Attempt | None
) -> Posted:
    """Write the decision as the card's next line; the caller commits.

    Raises `IntegrityError` where the attempt's key was used meanwhile: `write` then finds the
    replay. The card must be locked by this transaction.
    """
    line = _line(card, decision, where, by)
    slug = where.vendor.slug if where.vendor else None
    body = answer(line, card=card.number, vendor=slug, revision=where.rules.number)
    values = line | _counters(card, decision) | _event(line, decision)
    if decision.points > 0:
        values |= _lot(card, line)
    if attempt:
        values |= {
            "caller": by.caller,
            "key": attempt.key,
            "request_hash": attempt.request_hash,
            "status": 201,
            "answer": body,
        }
    _write((decision.points > 0, attempt is not None), values)
    return Posted(line["id"], body)


def _write(form: tuple[bool, bool], values: dict[str, Any]) -> None:
    connection = db.session.connection()
    values = {f"new_{name}": value for name, value in values.items()}
    if connection.dialect.name == "postgresql":
        moved = driver.rows(connection, AT_ONCE[form], values)[0].moved
    else:
        moved = driver.changed(connection, MOVE_CARD, values)
        for statement in IN_TURN[form] if moved == 1 else ():
            driver.changed(connection, statement, values)
    if moved != 1:
        raise RuntimeError("the card moved while its lock was held: it was not locked here")


def _line(card: LockedCard, decision: Decision, where: Setting, by: Actor) -> dict[str, Any]:
    line = {
        "company_id": card.company_id,
        "id": new_id(),
        "card_id": card.id,
        "sequence": card.sequence + 1,
        "type": decision.type,
        "points": decision.points,
        "stamps": decision.stamps,
        "points_after": card.points_balance + decision.points,
        "stamps_after": card.stamps_balance + decision.stamps,
        "lifetime_after": card.lifetime_points + decision.lifetime,
        "vendor_id": where.vendor.id if where.vendor else None,
        "staff_id": by.staff_id,
        "terminal_id": by.terminal_id,
        "user_id": by.user_id,
        "api_key_id": by.api_key_id,
        "proven": by.proven,
        "revision_id": where.rules.id,
        "reverses_id": decision.reverses_id,
        "reversal_part": decision.reversal_part,
        "reference": decision.reference,
        "steps": list(decision.steps),
        "occurred_at": where.now,
        "business_day": where.day,
        "key_version": chain.keyring().current,
    }
    return line | {"chain": chain.link(card.head, line)}


def _counters(card: LockedCard, decision: Decision) -> dict[str, Any]:
    """What moves on the card's row beside the line's own figures."""
    stamps = decision.stamp_clock or card
    return {
        "sequence_before": card.sequence,
        "last_stamp_at": stamps.last_stamp_at,
        "stamp_day": stamps.stamp_day,
        "stamp_day_count": stamps.stamp_day_count,
        "stamp_eve_count": stamps.stamp_eve_count,
        "last_activity_at": decision.active_at or card.last_activity_at,
    }


def _event(line: dict[str, Any], decision: Decision) -> dict[str, Any]:
    body = {
        "card": str(line["card_id"]),
        "transaction": str(line["id"]),
        "sequence": line["sequence"],
    }
    return {"event_id": new_id(), "event_kind": decision.event, "event_body": body}


def _lot(card: LockedCard, line: dict[str, Any]) -> dict[str, Any]:
    """A grant's lot; what repays a debt is spent at once."""
    owed = max(0, -card.points_balance)
    return {"lot_id": new_id(), "lot_remaining": max(0, line["points"] - owed)}
