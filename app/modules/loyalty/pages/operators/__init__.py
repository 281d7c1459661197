"""The operator's desk."""

from . import companies, jobs
from .blueprint import pages

__all__ = ["companies", "jobs", "pages"]
