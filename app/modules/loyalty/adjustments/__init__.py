"""Setting points right by hand: signed, with a reason and an author; much of it by two people."""

from .models import AdjustmentRequest
from .service import (
    MOST_WAITING,
    AlreadyDecided,
    adjust,
    adjust_or_ask,
    ask,
    decline,
    give,
    needs_two,
    waiting,
    waiting_for,
)

__all__ = [
    "MOST_WAITING",
    "AdjustmentRequest",
    "AlreadyDecided",
    "adjust",
    "adjust_or_ask",
    "ask",
    "decline",
    "give",
    "needs_two",
    "waiting",
    "waiting_for",
]
