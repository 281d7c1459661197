"""The admin's pages."""

from . import (
    adjustments,
    branding,
    card_detail,
    card_list,
    export,
    merging,
    monitor,
    overview,
    posters,
    program,
    reinstating,
    returns,
    rewards,
    stats,
    transactions,
    wallet,
    wallet_pass,
)
from .blueprint import pages

__all__ = [
    "adjustments",
    "branding",
    "card_detail",
    "card_list",
    "export",
    "merging",
    "monitor",
    "overview",
    "pages",
    "posters",
    "program",
    "reinstating",
    "returns",
    "rewards",
    "stats",
    "transactions",
    "wallet",
    "wallet_pass",
]
