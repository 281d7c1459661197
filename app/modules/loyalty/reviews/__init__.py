"""The yearly review of tiers: what keeps a tier is what the last twelve months earned."""

from .models import TierReview
from .service import Outcome, review

__all__ = ["Outcome", "TierReview", "review"]
