"""Figures: set-based readings of the ledger, a constant number of statements each."""

from .decisions import Waiting, waiting
from .effects import Effect, effect_of
from .figures import Figures, Overview, Shop, Standing, overview
from .weeks import Week, week_of

__all__ = [
    "Effect",
    "Figures",
    "Overview",
    "Shop",
    "Standing",
    "Waiting",
    "Week",
    "effect_of",
    "overview",
    "waiting",
    "week_of",
]
