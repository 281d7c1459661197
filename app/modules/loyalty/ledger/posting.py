"""Posting: the one place that writes a line, a balance, a lot and their event.

A fixed set of Core statements: move the card (guarded by its sequence), then insert what
follows from it. PostgreSQL takes them as one data-modifying CTE, SQLite in turn. No
statement needs another's answer, because ids are ours.
"""

from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from ....accounts.actors import Actor
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
# table, the parameters' prefix, its columns: every value is a parameter `prefix_column`.
_LINE = (LoyaltyTransaction.__table__, "line", [c.name for c in LoyaltyTransaction.__table__.c])
_EVENT = (
    OutboxEvent.__table__,
    "event",
    ["company_id", "id", "kind", "body", "due_at", "created_at"],
)
_LOT = (PointLot.__table__, "lot", [c.name for c in PointLot.__table__.c])
_RECORD = (IdempotencyRecord.__table__, "record", [c.name for c in IdempotencyRecord.__table__.c])
_MOVED = (
    "points_balance",
    "stamps_balance",
    "lifetime_points",
    "sequence",
    "head",
    "last_stamp_at",
    "stamp_day",
    "stamp_day_count",
    "last_activity_at",
)

MOVE_CARD = (
    update(_CARD)
    .where(
        _CARD.c.company_id == bindparam("card_company_id"),
        _CARD.c.id == bindparam("card_id"),
        _CARD.c.sequence == bindparam("card_sequence_before"),
    )
    .values({name: bindparam(f"card_{name}", type_=_CARD.c[name].type) for name in _MOVED})
)


def _parameters(table: Any, prefix: str, columns: list[str]) -> dict[str, Any]:
    return {name: bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in columns}


def _in_turn(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """SQLite's form: one INSERT after the other, after the card has moved."""
    return tuple(insert(table).values(_parameters(table, p, names)) for table, p, names in parts)


def _at_once(parts: tuple[Any, ...]) -> Any:
    """PostgreSQL's form: the card moves, and everything else hangs from the row that moved."""
    moved = MOVE_CARD.returning(_CARD.c.id).cte("moved")
    inserts = [
        insert(table)
        .from_select(
            names, select(*_parameters(table, p, names).values()).select_from(moved), False
        )
        .cte(f"new_{p}")
        for table, p, names in parts
    ]
    return select(func.count()).select_from(moved).add_cte(*inserts)


_FORMS = {
    (lot, record): (_LINE, _EVENT, *([_LOT] if lot else []), *([_RECORD] if record else []))
    for lot in (False, True)
    for record in (False, True)
}
IN_TURN = {form: _in_turn(parts) for form, parts in _FORMS.items()}
AT_ONCE = {form: _at_once(parts) for form, parts in _FORMS.items()}


def post(
    card: LockedCard, decision: Decision, *, where: Setting, by: Actor, attempt: Attempt | None
) -> Posted:
    """Write the decision as the card's next line; the caller commits.

    Raises `IntegrityError` where the attempt's key was used meanwhile: the caller's
    `once_more` then finds the replay. The card must be locked by this transaction.
    """
    line = _line(card, decision, where, by)
    slug = where.vendor.slug if where.vendor else None
    body = answer(line, card=card.number, vendor=slug, revision=where.rules.number)
    values = {
        **_prefixed("card", _card_after(card, decision, line)),
        "card_company_id": card.company_id,
        "card_id": card.id,
        "card_sequence_before": card.sequence,
        **_prefixed("line", line),
        **_prefixed("event", _event(line, decision)),
    }
    if decision.points > 0:
        values |= _prefixed("lot", _lot(card, line))
    if attempt:
        values |= _prefixed("record", _record(line, by, attempt, body))
    _write((decision.points > 0, attempt is not None), values)
    return Posted(line["id"], body)


def _write(form: tuple[bool, bool], values: dict[str, Any]) -> None:
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        moved = connection.execute(AT_ONCE[form], values).scalar()
    else:
        moved = connection.execute(MOVE_CARD, values).rowcount
        for statement in IN_TURN[form] if moved == 1 else ():
            connection.execute(statement, values)
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


def _card_after(card: LockedCard, decision: Decision, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "points_balance": line["points_after"],
        "stamps_balance": line["stamps_after"],
        "lifetime_points": line["lifetime_after"],
        "sequence": line["sequence"],
        "head": line["chain"],
        "last_stamp_at": decision.last_stamp_at,
        "stamp_day": decision.stamp_day,
        "stamp_day_count": decision.stamp_day_count,
        "last_activity_at": decision.active_at or card.last_activity_at,
    }


def _event(line: dict[str, Any], decision: Decision) -> dict[str, Any]:
    body = {
        "card": str(line["card_id"]),
        "transaction": str(line["id"]),
        "sequence": line["sequence"],
    }
    return {
        "company_id": line["company_id"],
        "id": new_id(),
        "kind": decision.event,
        "body": body,
        "due_at": line["occurred_at"],
        "created_at": line["occurred_at"],
    }


def _lot(card: LockedCard, line: dict[str, Any]) -> dict[str, Any]:
    """A grant's lot; what repays a debt is spent at once."""
    owed = max(0, -card.points_balance)
    return {
        "company_id": line["company_id"],
        "id": new_id(),
        "card_id": line["card_id"],
        "transaction_id": line["id"],
        "granted": line["points"],
        "remaining": max(0, line["points"] - owed),
        "granted_on": line["business_day"],
    }


def _record(line: dict[str, Any], by: Actor, attempt: Attempt, body: str) -> dict[str, Any]:
    return {
        "company_id": line["company_id"],
        "caller": by.caller,
        "key": attempt.key,
        "request_hash": attempt.request_hash,
        "status": 201,
        "body": body,
        "transaction_id": line["id"],
        "created_at": line["occurred_at"],
    }


def _prefixed(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in values.items()}
