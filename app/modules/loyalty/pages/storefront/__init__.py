"""The storefront's pages."""

from . import card, enrol, goodbye, history, look, sent, sign_in, terms
from .blueprint import pages

__all__ = ["card", "enrol", "goodbye", "history", "look", "pages", "sent", "sign_in", "terms"]
