"""Redeeming. The edge commits."""

from ....accounts.actors import Actor
from .. import ledger
from ..ledger import Attempt, Posted
from . import rules


def redeem_stamps(number: str, *, by: Actor, attempt: Attempt | None) -> Posted:
    """Take the stamp reward from a card; raises `InsufficientStamps` with what is missing."""
    return ledger.write(number, rules.stamps_reward_for, by=by, attempt=attempt)
