"""The ledger: append-only lines, one gapless sequence per card, each chained to the last.

Only `post` writes a line or a balance. The order of every verb is lock, replay, check, post.
"""

from ....idempotency import Attempt, Posted
from .answers import answer
from .decision import Decision, LockedCard, Setting, Step, VendorFacts
from .locking import lock
from .models import LoyaltyTransaction, PointLot
from .posting import post
from .writing import write

__all__ = [
    "Attempt",
    "Decision",
    "LockedCard",
    "LoyaltyTransaction",
    "PointLot",
    "Posted",
    "Setting",
    "Step",
    "VendorFacts",
    "answer",
    "lock",
    "post",
    "write",
]
