"""Taking back: sales in part or whole, stamps, redemptions and adjustments."""

from ..ledger.approval import Approver, SecondPersonNeeded
from .policy import TooLate, must_be_allowed, undoable
from .rules import AlreadyVoided, NotVoidable, VoidExceedsOriginal
from .service import Foreseen, foresee, line_facts, void

__all__ = [
    "AlreadyVoided",
    "Approver",
    "Foreseen",
    "NotVoidable",
    "SecondPersonNeeded",
    "TooLate",
    "VoidExceedsOriginal",
    "foresee",
    "line_facts",
    "must_be_allowed",
    "undoable",
    "void",
]
