"""What becomes of lots by a line: granted, drawn from, given back to, or left alone."""

from datetime import timedelta
from typing import Any

from ....ids import new_id
from ..programs.expiry import expires_on
from .decision import Decision, LockedCard, Setting
from .models import FORGIVEN


def makes_no_lot(decision: Decision) -> bool:
    """Points that come back, bring their own lots, or only lift a debt."""
    lifts = decision.type == FORGIVEN
    return decision.refills is not None or bool(decision.grants) or lifts


def moved_by(
    card: LockedCard, decision: Decision, line: dict[str, Any], where: Setting
) -> dict[str, Any]:
    """What becomes of lots: open ones always hold the balance, or nothing while it is a debt."""
    moved = abs(max(0, line["points_after"]) - max(0, card.points_balance))
    if decision.points < 0:
        return {"drawn": moved, "draws_first": decision.draws_first or 0}
    if decision.refills is not None:
        keep = decision.keep_until or where.day + timedelta(days=1)
        return {"drawn": moved, "refills": decision.refills, "keep_until": keep}
    if decision.points == 0 or makes_no_lot(decision):
        return {}
    return {
        "lot_id": new_id(),
        "lot_granted": decision.points,
        "lot_remaining": moved,
        "lot_granted_on": where.day,
        "lot_expires_on": expires_on(where.rules.expiry, where.day),
        "repaid": decision.points - moved,
    }


def of_days(card: LockedCard, decision: Decision, values: dict[str, Any]) -> tuple[Any, Any]:
    """The lots of several days that one line brings, and what of the oldest repays a debt."""
    debt = max(0, -card.points_balance)
    lots: list[dict[str, Any]] = []
    draws: list[dict[str, Any]] = []
    line = {"company_id": card.company_id, "transaction_id": values["id"]}
    for grant in decision.grants:
        repaid = min(debt, grant.points)
        debt -= repaid
        lot: dict[str, Any] = {"id": new_id(), "card_id": card.id, "granted_on": grant.granted_on}
        lot["expires_on"] = grant.expires_on
        lots.append(line | lot | {"granted": grant.points, "remaining": grant.points - repaid})
        if repaid:
            draws.append(line | {"lot_id": lot["id"], "points": repaid})
    return lots, draws
