"""Taking back a line of a card that was merged: the line stays where it is, and what it moves is
carried from or to the card that has everything now, in the same transaction."""

from collections.abc import Callable

from sqlalchemy import select

from ....accounts.actors import Actor
from ....database import once_more
from ....errors import Busy
from ....extensions import db
from ....idempotency import Attempt, Posted, found
from ..accrual import stamps
from ..cards import LoyaltyCard
from ..ledger import Decision, LockedCard, Setting, carrying, post_and_follow
from ..ledger.carrying import Held, Load
from .forgiveness import lifted

Decide = Callable[[LockedCard, Setting], tuple[Decision, ...]]


def survivor_of(card_id: int) -> int | None:
    """The card that this one was merged into, as it stands now."""
    query = select(LoyaltyCard.merged_into_id).where(LoyaltyCard.id == card_id)
    return db.session.scalar(query)


def void_of_merged(
    card_id: int, survivor_id: int, decide: Decide, *, by: Actor, attempt: Attempt | None
) -> Posted:
    """What the line takes is brought back first, what it gives is sent on after: the merged card
    holds nothing before and after. Raises what `decide` raises."""

    def work() -> Posted:
        closed, open_ = carrying.hold_both(card_id, survivor_id, by=by, attempt=attempt)
        if closed[1].replay:
            return closed[1].replay
        if attempt and (earlier := found(by.caller, attempt)):
            return earlier  # answered elsewhere while we waited for the locks
        if survivor_of(card_id) != survivor_id:
            raise Busy("The two cards were taken apart just now. Please do it again.")
        decisions = decide(*closed)
        if needed := _needed(decisions[0]):
            open_, closed, _ = carrying.carry(
                needed,
                open_,
                closed,
                because=carrying.RETURNED,
                by=by,
                grants=carrying.fitted((), needed.points, closed[1]),
            )
            decisions = decide(*closed)
        posted, closed = _posted(closed, decisions, by, attempt)
        if left := Load.of(closed[0]):
            closed, open_, _ = carrying.carry(
                left,
                closed,
                open_,
                because=carrying.RETURNED,
                by=by,
                grants=carrying.days_of(closed[0], open_[1]),
                ready=stamps.became_ready(open_[0], left.stamps, open_[1].rules),
            )
        if forgiven := lifted(*open_) if needed else ():
            _posted(open_, forgiven, by, None)
        return posted

    return once_more(work)


def _needed(decision: Decision) -> Load:
    """What the merged card has to have so that the line leaves nothing below zero."""
    return Load(
        points=max(0, -decision.points),
        stamps=max(0, -decision.stamps),
        lifetime=max(0, -decision.lifetime),
        purchases=int(decision.memory is not None),
    )


def _posted(
    held: Held, decisions: tuple[Decision, ...], by: Actor, attempt: Attempt | None
) -> tuple[Posted, Held]:
    """The lines, the first with the attempt: the first one's answer, and the card after them."""
    card, where = held
    posted, card = post_and_follow(card, decisions[0], where=where, by=by, attempt=attempt)
    for decision in decisions[1:]:
        _, card = post_and_follow(card, decision, where=where, by=by, attempt=None)
    return posted, (card, where)
