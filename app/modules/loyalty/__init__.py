"""Stamps and points: programmes, cards, the ledger and what is built on it."""

from . import (
    accrual,
    adjustments,
    api,
    cards,
    enrolment,
    expiry,
    ledger,
    notices,
    pages,
    programs,
    returns,
    rewards,
)

__all__ = [
    "accrual",
    "adjustments",
    "api",
    "cards",
    "enrolment",
    "expiry",
    "ledger",
    "notices",
    "pages",
    "programs",
    "returns",
    "rewards",
]
