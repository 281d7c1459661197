"""The operator's desk."""

from . import companies, jobs, settings, trail
from .blueprint import pages

__all__ = ["companies", "jobs", "pages", "settings", "trail"]
