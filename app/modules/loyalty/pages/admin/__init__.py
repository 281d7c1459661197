"""The admin's pages."""

from . import card_detail, card_list, overview, posters, program
from .blueprint import pages

__all__ = ["card_detail", "card_list", "overview", "pages", "posters", "program"]
