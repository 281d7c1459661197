"""A line and its event as rows: what a decision comes to on this card, here and now."""

from typing import Any

from ....accounts.actors import Actor
from ....ids import new_id
from . import chain
from .decision import Decision, LockedCard, Setting


def line_of(card: LockedCard, decision: Decision, where: Setting, by: Actor) -> dict[str, Any]:
    """The card's next line, chained to the one before, column by column."""
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
        "revision_id": (decision.rules or where.rules).id,
        "reverses_id": decision.reverses_id,
        "reversal_part": decision.reversal_part,
        "reference": decision.reference,
        "amount_minor": decision.amount_minor,
        "reward_id": decision.reward_id,
        "reason": decision.reason,
        "steps": list(decision.steps),
        "occurred_at": where.now,
        "business_day": where.day,
        "key_version": chain.keyring().current,
    }
    return line | {"chain": chain.link(card.head, line)}


def event_of(line: dict[str, Any], kind: str) -> dict[str, Any]:
    """The outbox's row of a line's event, but for its moments: `id`, `kind`, `body`."""
    body = {
        "card": str(line["card_id"]),
        "transaction": str(line["id"]),
        "sequence": line["sequence"],
    }
    return {"id": new_id(), "kind": kind, "body": body}
