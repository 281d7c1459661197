"""Redeeming."""

from .service import redeem_stamps

__all__ = ["redeem_stamps"]
