"""Two cards of one person made one, and taken apart again."""

from ..ledger.carrying import TooMuch
from .service import AlreadyMerged, Foreseen, foresee, merge, unmerge

__all__ = ["AlreadyMerged", "Foreseen", "TooMuch", "foresee", "merge", "unmerge"]
