"""The shape of every verb: lock, replay, check, post. The edge commits."""

from collections.abc import Callable

from ....accounts.actors import Actor
from ....database import once_more
from ....errors import Refusal
from ....idempotency import Attempt, Posted, found
from .decision import Decision, LockedCard, Setting
from .locking import lock
from .posting import post_all

Decide = Callable[[LockedCard, Setting], Decision | tuple[Decision, ...]]


def write(
    card: str | int,
    decide: Decide,
    *,
    by: Actor,
    attempt: Attempt | None,
    closed_too: bool = False,
) -> Posted:
    """Let `decide` judge the card (by number or id) while it is locked, and post its decision.

    Where it answers several, each is a line of its own and the first is the answer. Raises what
    `lock` and `decide` raise. `decide` may be asked twice, the second time after a rollback; it
    reads, and writes at most what its own condition guards (the stock of a reward).
    """

    def work() -> Posted:
        locked, where = lock(card, by=by, attempt=attempt, closed_too=closed_too)
        if where.replay:
            return where.replay
        try:
            decision = decide(locked, where)
        except Refusal:
            # While we waited for the lock, this very attempt may have been answered on another
            # connection: PostgreSQL shows after a wait the locked row alone as it is now.
            if attempt and (earlier := found(by.caller, attempt)):
                return earlier
            raise
        decisions = decision if isinstance(decision, tuple) else (decision,)
        return post_all(locked, decisions, where=where, by=by, attempt=attempt)

    return once_more(work)
