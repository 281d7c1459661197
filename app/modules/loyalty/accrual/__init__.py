"""Earning: stamps, the welcome bonus, and taking a stamp back."""

from .service import add_stamps, undo_stamps, welcome

__all__ = ["add_stamps", "undo_stamps", "welcome"]
