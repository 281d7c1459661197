"""The shape of every verb: lock, replay, check, post. The edge commits."""

from collections.abc import Callable

from ....accounts.actors import Actor
from ....database import once_more
from ....errors import Refusal
from ....idempotency import Attempt, Posted, found
from .decision import Decision, LockedCard, Setting
from .locking import lock
from .posting import post

Decide = Callable[[LockedCard, Setting], Decision]


def write(card: str | int, decide: Decide, *, by: Actor, attempt: Attempt | None) -> Posted:
    """Let `decide` judge the card (by number or id) while it is locked, and post its decision.

    Raises what `lock` and `decide` raise. `decide` may be asked twice, and may read but not
    write.
    """

    def work() -> Posted:
        locked, where = lock(card, by=by, attempt=attempt)
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
        return post(locked, decision, where=where, by=by, attempt=attempt)

    return once_more(work)
