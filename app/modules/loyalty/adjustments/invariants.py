"""What always holds of adjustments that took two people: what was given is a line, as it was
asked for, and somebody else decided."""

from collections.abc import Iterator

from sqlalchemy import and_, or_, select

from ....extensions import db
from ..ledger import LoyaltyTransaction
from .models import GIVEN, AdjustmentRequest


def check() -> Iterator[tuple[str, str]]:
    """`(invariant, sentence)` for every breach of the acting company."""
    asked, line = AdjustmentRequest, LoyaltyTransaction
    as_asked = and_(
        line.id == asked.transaction_id,
        line.card_id == asked.card_id,
        line.points == asked.points,
        line.reason == asked.reason,
        line.type == "points_adjusted",
    )
    alone = or_(asked.decided_by.is_(None), asked.decided_by == asked.asked_by)
    exists = line.id.is_not(None)
    given = (
        select(asked.id, exists)
        .outerjoin(line, as_asked)
        .where(asked.state == GIVEN, or_(~exists, alone))
    )
    for request_id, as_it_was in db.session.execute(given):
        wrong = "one person gave it alone" if as_it_was else "no line gave what was asked for"
        yield "adjustments", f"request {request_id}: {wrong}"
