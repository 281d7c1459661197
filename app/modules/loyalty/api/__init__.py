"""Loyalty's part of the API: one file per resource."""

from . import (
    cards,
    choices,
    me,
    points,
    program,
    rewards,
    shops,
    stamps,
    tiers,
    transactions,
    voids,
)

__all__ = [
    "cards",
    "choices",
    "me",
    "points",
    "program",
    "rewards",
    "shops",
    "stamps",
    "tiers",
    "transactions",
    "voids",
]
