"""Redeeming: lock, replay, check, post. The edge commits."""

from ....accounts.actors import Actor
from ....database import once_more
from .. import ledger
from ..ledger import Attempt, Posted
from . import rules


def redeem_stamps(number: str, *, by: Actor, attempt: Attempt | None) -> Posted:
    """Take the stamp reward from a card; raises `InsufficientStamps` with what is missing."""

    def work() -> Posted:
        card = ledger.lock(number)
        where = ledger.setting(by=by, attempt=attempt)
        if where.replay:
            return where.replay
        decision = rules.stamps_reward_for(card, where)
        return ledger.post(card, decision, where=where, by=by, attempt=attempt)

    return once_more(work)
