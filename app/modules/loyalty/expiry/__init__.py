"""Expiry: what goes by itself, never unannounced, and never sooner than was promised."""

from .coming import Days, expiring, expiring_until, of_cards
from .reinstating import KEPT_DAYS, reinstate
from .service import Outcome, expire

__all__ = [
    "KEPT_DAYS",
    "Days",
    "Outcome",
    "expire",
    "expiring",
    "expiring_until",
    "of_cards",
    "reinstate",
]
