"""The ledger: append-only lines, one gapless sequence per card, each chained to the last.

Only `post` writes a line or a balance. The order of every verb is lock, replay, check, post.
"""

from ....idempotency import Attempt, Posted
from .answers import answer
from .decision import Decision, Grant, LockedCard, Memory, Setting, Step, VendorFacts
from .locking import lock, peek
from .models import LoyaltyTransaction, PointDraw, PointLot
from .posting import post, post_all, post_and_follow
from .writing import write

__all__ = [
    "Attempt",
    "Decision",
    "Grant",
    "LockedCard",
    "LoyaltyTransaction",
    "Memory",
    "PointDraw",
    "PointLot",
    "Posted",
    "Setting",
    "Step",
    "VendorFacts",
    "answer",
    "lock",
    "peek",
    "post",
    "post_all",
    "post_and_follow",
    "write",
]
