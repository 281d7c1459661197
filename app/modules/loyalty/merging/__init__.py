"""Two cards of one person made one, and taken apart again."""

from .service import AlreadyMerged, Foreseen, foresee, merge, unmerge

__all__ = ["AlreadyMerged", "Foreseen", "foresee", "merge", "unmerge"]
