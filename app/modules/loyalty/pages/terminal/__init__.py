"""The terminal's pages."""

from .blueprint import pages

__all__ = ["pages"]
