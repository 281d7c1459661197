"""The engine that keeps passes true: each platform learns each change, once and in time."""

from . import figures as figures  # hangs them on /metrics
from . import platforms
from .engine import BATCH, step, tell
from .rounds import Tally
from .sweeping import sweep, waiting

__all__ = ["BATCH", "Tally", "platforms", "step", "sweep", "tell", "waiting"]
