"""Loyalty's part of the API: one file per resource."""

from . import cards, program, shops, stamps, transactions

__all__ = ["cards", "program", "shops", "stamps", "transactions"]
