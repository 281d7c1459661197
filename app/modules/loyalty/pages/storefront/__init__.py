"""The storefront's pages."""

from .blueprint import pages

__all__ = ["pages"]
