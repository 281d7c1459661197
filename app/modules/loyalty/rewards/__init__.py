"""Rewards: the catalogue, and redeeming."""

from . import catalogue
from .models import Reward, RewardVendor
from .service import offer_at, redeem, redeem_stamps, times_had

__all__ = [
    "Reward",
    "RewardVendor",
    "catalogue",
    "offer_at",
    "redeem",
    "redeem_stamps",
    "times_had",
]
