"""The ledger: append-only lines, one gapless sequence per card, each chained to the last.

Only `post` writes a line or a balance. The order of every verb is lock, replay, check, post.
"""

from .answers import answer
from .decision import Attempt, Decision, LockedCard, Posted, Setting, Step, VendorFacts
from .locking import lock, lock_by_id, setting
from .models import IdempotencyRecord, LoyaltyTransaction, PointLot
from .posting import post

__all__ = [
    "Attempt",
    "Decision",
    "IdempotencyRecord",
    "LockedCard",
    "LoyaltyTransaction",
    "PointLot",
    "Posted",
    "Setting",
    "Step",
    "VendorFacts",
    "answer",
    "lock",
    "lock_by_id",
    "post",
    "setting",
]
