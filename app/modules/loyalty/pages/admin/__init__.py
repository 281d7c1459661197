"""The admin's pages."""

from . import cards, overview, posters, program
from .blueprint import pages

__all__ = ["cards", "overview", "pages", "posters", "program"]
