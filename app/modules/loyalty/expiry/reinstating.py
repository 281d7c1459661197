"""Giving back what expired, with a reason: to the very lots, which are then kept for a while."""

from datetime import timedelta

from sqlalchemy import select, update

from ....accounts.actors import Actor
from ....extensions import db
from .. import ledger
from ..ledger import (
    Attempt,
    Decision,
    LockedCard,
    LoyaltyTransaction,
    PointDraw,
    PointLot,
    Posted,
    Setting,
)
from ..returns import AlreadyVoided, NotVoidable
from ..returns.facts import Original, original

KEPT_DAYS = 30


def reinstate(transaction_id: int, *, reason: str, by: Actor, attempt: Attempt | None) -> Posted:
    """Give back the points of an expiry's line, once; raises `NotFound`, `NotVoidable` for any
    other line, `AlreadyVoided`.

    The lots get back what they had and do not expire for `KEPT_DAYS` days; a debt is repaid
    first. Where a return has let some of it go since, as expired, nothing can be given back.
    """
    line = original(transaction_id)

    def decide(card: LockedCard, where: Setting) -> Decision:
        known = original(transaction_id)
        if known.type != "points_expired":
            raise NotVoidable("Only what expired can be reinstated.")
        if known.parts:
            raise AlreadyVoided("This was reinstated already.", sequence=known.sequence)
        _must_be_owed(known)
        _no_longer_expired(known)
        return _reinstated(card, known, reason, where)

    return ledger.write(line.card_id, decide, by=by, attempt=attempt)


def _reinstated(card: LockedCard, line: Original, reason: str, where: Setting) -> Decision:
    before, points = card.points_balance, -line.points
    return Decision(
        type="points_reinstated",
        event="points.adjusted",
        steps=(
            {"code": "reinstated", "points": points, "sequence": line.sequence, "reason": reason},
            {"code": "points-counted", "before": before, "after": before + points},
        ),
        points=points,
        reverses_id=line.id,
        reversal_part=1,
        refills=line.id,
        keep_until=where.day + timedelta(days=KEPT_DAYS),
        reason=reason,
    )


def _must_be_owed(line: Original) -> None:
    """A sale that was returned since was spared these points: they are not the customer's any
    more."""
    granted = (
        select(PointLot.transaction_id)
        .join(PointDraw, PointDraw.lot_id == PointLot.id)
        .where(PointDraw.transaction_id == line.id)
    )
    returned = select(LoyaltyTransaction.steps).where(LoyaltyTransaction.reverses_id.in_(granted))
    if any(step.get("expired") for steps in db.session.scalars(returned) for step in steps):
        raise NotVoidable("A sale that gave some of these points was returned since.")


def _no_longer_expired(line: Original) -> None:
    """The lots forget that these points expired: a return of their sale takes them again."""
    drawn = (
        select(PointDraw.points)
        .where(PointDraw.transaction_id == line.id, PointDraw.lot_id == PointLot.id)
        .scalar_subquery()
    )
    db.session.execute(
        update(PointLot)
        .where(PointLot.id.in_(select(PointDraw.lot_id).where(PointDraw.transaction_id == line.id)))
        .values(expired=PointLot.expired - drawn)
        .execution_options(synchronize_session=False)
    )
