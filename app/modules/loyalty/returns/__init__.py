"""Taking back: sales in part or whole, stamps, redemptions and adjustments."""

from .policy import Approver, SecondPersonNeeded, TooLate, undoable
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
    "undoable",
    "void",
]
