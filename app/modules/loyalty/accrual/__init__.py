"""Earning: stamps, the points of a sale, and the welcome bonus."""

from .occasions import is_birthday
from .points import Sale, SaleLine
from .service import add_stamps, earn, preview, welcome, welcome_verified
from .stamps import next_stamp_at

__all__ = [
    "Sale",
    "SaleLine",
    "add_stamps",
    "earn",
    "is_birthday",
    "next_stamp_at",
    "preview",
    "welcome",
    "welcome_verified",
]
