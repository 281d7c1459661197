"""The operator's desk."""

from . import closing, companies, company, jobs, opening, operators, programs, replays, trail
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
]
