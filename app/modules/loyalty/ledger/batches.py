"""Posting by the thousand: one line on each of many cards, in a constant number of statements.

For jobs, which decide for whole batches; the lines are what `post` would have written.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from .... import metrics, tenancy
from ....accounts.actors import Actor
from ....database import sets
from ....extensions import db
from ....ids import new_id
from ....outbox import OutboxEvent
from ..cards.models import LoyaltyCard
from .decision import Decision, LockedCard, Setting
from .lines import event_of, line_of
from .models import LoyaltyTransaction

_card: Any = LoyaltyCard.__table__


def lock_many(card_ids: Sequence[int]) -> list[LockedCard]:
    """The acting company's cards, locked in the order of their ids, whatever their status."""
    return [LockedCard(*row) for row in db.session.execute(_cards(card_ids).with_for_update())]


def look_at_many(card_ids: Sequence[int]) -> list[LockedCard]:
    """As `lock_many`, without the locks: for dry runs, which write nothing."""
    return [LockedCard(*row) for row in db.session.execute(_cards(card_ids))]


def _cards(card_ids: Sequence[int]) -> Any:
    return (
        select(*(_card.c[name] for name in LockedCard.__slots__))
        .where(_card.c.company_id == tenancy.company_id(), sets.among(_card.c.id, card_ids))
        .order_by(_card.c.id)
    )


def post_many(
    decided: Sequence[tuple[LockedCard, Decision]], *, where: Setting, by: Actor
) -> list[int]:
    """Write each decision as its card's next line; the ids of the lines, in the same order.

    The cards must be locked by this transaction. What the lines draw from lots is the caller's
    to write: it has read them. Only plain decisions: no grant, no clock, no memory, no key.
    """
    lines = [line_of(card, decision, where, by) for card, decision in decided]
    cards = [
        {
            "company_id": card.company_id,
            "id": card.id,
            "points_balance": line["points_after"],
            "stamps_balance": line["stamps_after"],
            "lifetime_points": line["lifetime_after"],
            "sequence": line["sequence"],
            "head": line["chain"],
        }
        for (card, _), line in zip(decided, lines, strict=True)
    ]
    # Lines first: a card that has moved would be locked once more for each reference to it.
    sets.add_rows(LoyaltyTransaction.__table__, lines)
    if sets.change_rows(_card, ("company_id", "id"), cards) != len(lines):
        raise RuntimeError("a card moved while its lock was held: it was not locked here")
    events = [
        event_of(line, decision.event) | {"uncounted_line_id": line["id"]}
        for (_, decision), line in zip(decided, lines, strict=True)
    ]
    _put_many(events, where)
    for kind, number in Counter(line["type"] for line in lines).items():
        metrics.lines(kind, number)
    return [line["id"] for line in lines]


def tell_many(kind: str, bodies: Sequence[dict[str, Any]], *, where: Setting) -> None:
    """Events without a line of their own."""
    _put_many([{"id": new_id(), "kind": kind, "body": body} for body in bodies], where)


def _put_many(events: Sequence[dict[str, Any]], where: Setting) -> None:
    common = {"company_id": tenancy.company_id(), "due_at": where.now, "created_at": where.now}
    sets.add_rows(OutboxEvent.__table__, [common | event for event in events])
