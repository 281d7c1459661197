"""Adjusting, and asking a second person to. The edge commits."""

from collections.abc import Sequence

from sqlalchemy import select

from .... import audit, clock
from ....accounts.actors import Actor
from ....errors import Forbidden, NotFound, Refusal
from ....extensions import db
from ....ids import new_id
from .. import cards, ledger, programs
from ..ledger import Attempt, Decision, LockedCard, Posted, Setting
from . import rules
from .models import DECLINED, GIVEN, WAITING, AdjustmentRequest


class AlreadyDecided(Refusal):
    code = "already-decided"
    title = "Somebody else decided"
    remedy = "Ask for the adjustment anew."


def adjust(number: str, points: int, reason: str, *, by: Actor, attempt: Attempt | None) -> Posted:
    """Give or take points by hand; raises what `rules.adjustment_of` raises, and `Invalid`."""
    words = rules.checked(points, reason)

    def decide(card: LockedCard, where: Setting) -> Decision:
        return rules.adjustment_of(card, points, words, where)

    return ledger.write(number, decide, by=by, attempt=attempt)


def needs_two(points: int) -> bool:
    """Whether the rules in force want a second person for this many points."""
    alone = programs.current().adjustment_alone_points
    return alone is not None and abs(points) > alone


def ask(number: str, points: int, reason: str, *, by: Actor) -> AdjustmentRequest:
    """Leave an adjustment for somebody else to decide. Nothing moves yet; it is audited."""
    asked = AdjustmentRequest(
        id=new_id(),
        card_id=cards.find(number).id,
        points=points,
        reason=rules.checked(points, reason),
        asked_by=by.user_id,
    )
    db.session.add(asked)
    db.session.flush()
    audit.record("adjustment.asked", subject_id=asked.id, by=by.user_id, points=points)
    return asked


def give(request_id: int, *, by: Actor) -> Posted:
    """Decide for it, as another person than who asked: the line is written now.

    The row is locked, so that two people deciding at once make one line.
    Raises `AlreadyDecided`, `Forbidden`, and what `adjust` raises.
    """
    asked = _held(request_id, by)
    number = db.session.get_one(cards.LoyaltyCard, (asked.company_id, asked.card_id)).number
    posted = adjust(number, asked.points, asked.reason, by=by, attempt=None)
    asked.transaction_id = posted.transaction_id
    _decide(asked, GIVEN, by)
    return posted


def decline(request_id: int, *, by: Actor) -> None:
    """Decide against it; who asked may take it back in this way too."""
    _decide(_held(request_id, by, own=True), DECLINED, by)


def waiting() -> Sequence[AdjustmentRequest]:
    """What waits for a second person, oldest first."""
    query = select(AdjustmentRequest).where(AdjustmentRequest.state == WAITING)
    return db.session.scalars(query.order_by(AdjustmentRequest.id).limit(200)).all()


def _held(request_id: int, by: Actor, *, own: bool = False) -> AdjustmentRequest:
    query = select(AdjustmentRequest).where(AdjustmentRequest.id == request_id)
    asked = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if asked is None:
        raise NotFound("There is no such request.")
    if asked.state != WAITING:
        raise AlreadyDecided("This was decided already.", state=asked.state)
    if asked.asked_by == by.user_id and not own:
        raise Forbidden("Somebody else has to decide this.")
    return asked


def _decide(asked: AdjustmentRequest, state: str, by: Actor) -> None:
    asked.state = state
    asked.decided_by = None if asked.asked_by == by.user_id else by.user_id
    asked.decided_at = clock.now()
    db.session.flush()
    audit.record(f"adjustment.{state}", subject_id=asked.id, by=by.user_id, points=asked.points)
