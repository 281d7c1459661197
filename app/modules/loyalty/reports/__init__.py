"""Figures: set-based readings of the ledger, a constant number of statements each."""

from .catalogue import times_taken
from .decisions import Waiting, waiting
from .effects import Effect, Sales, below_minimum, effect_of, priced_rewards, sales_in
from .figures import Overview, Shop, Standing, overview
from .health import dead_letters, schedules, standings
from .sums import VISITS, Figures
from .weeks import Week, week_of

__all__ = [
    "VISITS",
    "Effect",
    "Figures",
    "Overview",
    "Sales",
    "Shop",
    "Standing",
    "Waiting",
    "Week",
    "below_minimum",
    "dead_letters",
    "effect_of",
    "overview",
    "priced_rewards",
    "sales_in",
    "schedules",
    "standings",
    "times_taken",
    "waiting",
    "week_of",
]
