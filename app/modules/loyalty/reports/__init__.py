"""Figures: set-based readings of the ledger, a constant number of statements each."""

from .catalogue import times_taken
from .counters import Hand, ShopFigures, of_shop
from .decisions import Waiting, waiting
from .effects import Effect, Sales, below_minimum, effect_of, priced_rewards, sales_in
from .figures import Overview, Shop, Standing, overview
from .health import Verified, late_events, standings, verified
from .models import NO_SHOP, DailyFigures
from .monitor import Monitor, monitor
from .rollups import ANY_SHOP, by_company, by_day, by_shop, count_anew, fold, in_all
from .sums import VISITS, Figures
from .trail import Act, acts
from .weeks import Week, week_of

__all__ = [
    "ANY_SHOP",
    "NO_SHOP",
    "VISITS",
    "Act",
    "DailyFigures",
    "Effect",
    "Figures",
    "Hand",
    "Monitor",
    "Overview",
    "Sales",
    "Shop",
    "ShopFigures",
    "Standing",
    "Verified",
    "Waiting",
    "Week",
    "acts",
    "below_minimum",
    "by_company",
    "by_day",
    "by_shop",
    "count_anew",
    "effect_of",
    "fold",
    "in_all",
    "late_events",
    "monitor",
    "of_shop",
    "overview",
    "priced_rewards",
    "sales_in",
    "standings",
    "times_taken",
    "verified",
    "waiting",
    "week_of",
]
