"""Redeeming."""

from .models import Reward, RewardVendor
from .service import offer_at, redeem, redeem_stamps, times_had

__all__ = ["Reward", "RewardVendor", "offer_at", "redeem", "redeem_stamps", "times_had"]
