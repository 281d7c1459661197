"""Stamps and points: programmes, cards, the ledger and what is built on it."""
