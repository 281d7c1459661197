"""Expiry: what goes by itself, never unannounced, and never sooner than was promised."""

from .reinstating import reinstate
from .service import Outcome, expire

__all__ = ["Outcome", "expire", "reinstate"]
