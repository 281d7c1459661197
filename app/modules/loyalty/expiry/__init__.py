"""Expiry: what goes by itself, never unannounced, and never sooner than was promised."""

from .coming import expiring, points_on
from .reinstating import reinstate
from .service import Outcome, expire

__all__ = ["Outcome", "expire", "expiring", "points_on", "reinstate"]
