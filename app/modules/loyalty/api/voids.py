"""`/transactions/{id}/void`: taking back, and what that would write."""

from typing import Annotated, Any

from flask import g
from pydantic import Field

from ....api import Body, api
from ....api.fields import Reason, id_in
from .. import returns
from ..ledger import Posted
from ..ledger.explain import told
from ..programs.models import MOST_MINOR
from ..returns import AlreadyVoided, NotVoidable, VoidExceedsOriginal
from .answers import ForeseenVoid, Line

Part = Annotated[
    int,
    Field(ge=0, le=MOST_MINOR, description="A part of a sale; all of it if not sent."),
]
_REFUSED = (NotVoidable, AlreadyVoided, VoidExceedsOriginal)


class PartToVoid(Body):
    amount_minor: Part | None = None


class LineToVoid(PartToVoid):
    reason: Reason


@api.post(
    "/transactions/<string:transaction_id>/void/preview",
    body=PartToVoid,
    answers=ForeseenVoid,
    reads=True,
    refuses=_REFUSED,
)
def foresee(asked: PartToVoid, transaction_id: str) -> dict[str, Any]:
    """Say what taking a line back would write now; nothing is written."""
    foreseen = returns.foresee(id_in(transaction_id), by=g.actor, amount_minor=asked.amount_minor)
    card, lines = foreseen.card, []
    for decision in foreseen.decisions:
        card = decision.applied_to(card)
        lines.append(
            {
                "type": decision.type,
                "points": decision.points,
                "stamps": decision.stamps,
                "points_balance": card.points_balance,
                "stamps_balance": card.stamps_balance,
                "amount_minor": decision.amount_minor,
                "explanation": [told(step) for step in decision.steps],
            }
        )
    return {"transaction_id": str(foreseen.original.id), "card": card.number, "lines": lines}


@api.post(
    "/transactions/<string:transaction_id>/void",
    body=LineToVoid,
    answers=Line,
    ledger=True,
    status=201,
    refuses=_REFUSED,
)
def void(asked: LineToVoid, transaction_id: str) -> Posted:
    """Take a line back: a sale in part or whole, stamps, a redemption, an adjustment.

    Nothing is erased: this is a line of its own. What was spent meanwhile becomes a debt, or is
    forgiven by a further line, as the programme says.
    """
    return returns.void(
        id_in(transaction_id),
        by=g.actor,
        attempt=g.attempt,
        amount_minor=asked.amount_minor,
        reason=asked.reason,
    )
