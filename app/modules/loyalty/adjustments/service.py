"""Adjusting, and asking a second person to. The edge commits."""

from collections.abc import Sequence

from sqlalchemy import func, select

from .... import audit, clock, idempotency
from ....accounts.actors import Actor
from ....errors import Forbidden, NotFound, Refusal
from ....extensions import db
from ....ids import new_id
from .. import ledger, programs
from ..ledger import Attempt, Decision, LockedCard, Posted, Setting
from . import rules
from .models import DECLINED, GIVEN, WAITING, AdjustmentRequest

MOST_WAITING = 200  # shown at once


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


def adjust_or_ask(number: str, points: int, reason: str, *, by: Actor, attempt: Attempt) -> Posted:
    """For people in the office: adjust alone, or ask where the rules want two. One attempt has one
    effect either way; what it answers has no `transaction_id` where it asked."""
    rules.checked(points, reason)
    if not needs_two(points):
        return adjust(number, points, reason, by=by, attempt=attempt)

    def asking() -> Posted:
        ask(number, points, reason, by=by)
        return Posted(None, "{}")

    return idempotency.once(by.caller, attempt, asking)


def ask(number: str, points: int, reason: str, *, by: Actor) -> AdjustmentRequest:
    """Leave an adjustment for somebody else to decide. Nothing moves yet; it is audited.

    Raises what adjusting now would raise: nobody is asked for what cannot be given.
    """
    words = rules.checked(points, reason)
    card, where = ledger.peek(number, by=by)
    rules.adjustment_of(card, points, words, where)
    asked = AdjustmentRequest(
        id=new_id(), card_id=card.id, points=points, reason=words, asked_by=by.user_id
    )
    db.session.add(asked)
    db.session.flush()
    audit.record("adjustment.asked", subject_id=asked.id, by=by.user_id, points=points)
    return asked


def give(request_id: int, *, by: Actor, attempt: Attempt | None = None) -> Posted:
    """Decide for it, as another person than who asked: the line is written now.

    Under the card's lock the request's row is locked too and read anew, so that two people
    deciding at once, or a second try after a rollback, make one line. Raises `AlreadyDecided`,
    `Forbidden`, `NotFound` for a card that was closed meanwhile, and what `adjust` raises.
    """
    asked = _found(request_id)

    def decide(card: LockedCard, where: Setting) -> Decision:
        held = _held(request_id, by)
        return rules.adjustment_of(card, held.points, held.reason, where)

    posted = ledger.write(asked.card_id, decide, by=by, attempt=attempt)
    if not posted.replayed:
        asked.transaction_id = posted.transaction_id
        _decide(asked, GIVEN, by)
    return posted


def decline(request_id: int, *, by: Actor) -> None:
    """Decide against it; who asked may take it back in this way too."""
    _decide(_held(request_id, by, own=True), DECLINED, by)


def waiting() -> Sequence[AdjustmentRequest]:
    """What waits for a second person, oldest first; at most `MOST_WAITING`."""
    query = select(AdjustmentRequest).where(AdjustmentRequest.state == WAITING)
    return db.session.scalars(query.order_by(AdjustmentRequest.id).limit(MOST_WAITING)).all()


def waiting_for(user_id: int) -> int:
    """How many wait that this person may decide: not their own."""
    query = select(func.count()).select_from(AdjustmentRequest)
    others = query.where(AdjustmentRequest.state == WAITING, AdjustmentRequest.asked_by != user_id)
    return db.session.scalar(others) or 0


def _found(request_id: int, *, held: bool = False) -> AdjustmentRequest:
    query = select(AdjustmentRequest).where(AdjustmentRequest.id == request_id)
    if held:
        query = query.with_for_update().execution_options(populate_existing=True)
    asked = db.session.scalar(query)
    if asked is None:
        raise NotFound("There is no such request.")
    return asked


def _held(request_id: int, by: Actor, *, own: bool = False) -> AdjustmentRequest:
    asked = _found(request_id, held=True)
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
