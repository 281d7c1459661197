"""The terminal's pages: pair once, unlock, find a card, stamp, redeem, undo, enrol."""

from . import card, enrol, find, frame, history, pair, ready, refusal, stamps, unlock, verdict
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
    "stamps",
    "unlock",
    "verdict",
]
