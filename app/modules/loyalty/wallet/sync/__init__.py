"""The engine that keeps passes true: each platform learns each change, once and in time."""

from . import platforms
from .engine import BATCH, step, tell
from .rounds import Tally
from .sweep import look_again, sweep

__all__ = ["BATCH", "Tally", "look_again", "platforms", "step", "sweep", "tell"]
