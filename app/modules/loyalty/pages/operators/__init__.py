"""The operator's desk."""

from . import (
    closing,
    companies,
    company,
    jobs,
    opening,
    operators,
    programs,
    replays,
    trail,
    wallets,
)
from .blueprint import pages

__all__ = [
    "closing",
    "companies",
    "company",
    "jobs",
    "opening",
    "operators",
    "pages",
    "programs",
    "replays",
    "trail",
    "wallets",
]
