"""The engine that keeps passes true: each platform learns each change, once and in time."""

from . import platforms
from .engine import BATCH, step, tell
from .rounds import Tally

__all__ = ["BATCH", "Tally", "platforms", "step", "tell"]
