"""The terminal's pages: pair once, unlock, find a card, sell, stamp, redeem, take back, enrol."""

from . import (
    card,
    enrol,
    find,
    frame,
    history,
    pair,
    ready,
    refusal,
    rewards,
    sales,
    stamps,
    taking_back,
    unlock,
    verdict,
)
from .blueprint import pages

__all__ = [
    "card",
    "enrol",
    "find",
    "frame",
    "history",
    "pages",
    "pair",
    "ready",
    "refusal",
    "rewards",
    "sales",
    "stamps",
    "taking_back",
    "unlock",
    "verdict",
]
