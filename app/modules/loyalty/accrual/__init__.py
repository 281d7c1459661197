"""Earning: stamps, the welcome bonus, and taking a stamp back."""

from .rules import LineFacts, next_stamp_at, undoable
from .service import add_stamps, undo_stamps, welcome

__all__ = ["LineFacts", "add_stamps", "next_stamp_at", "undo_stamps", "undoable", "welcome"]
