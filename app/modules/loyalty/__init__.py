"""Stamps and points: programmes, cards, the ledger and what is built on it."""

from . import accrual, api, cards, enrolment, ledger, pages, programs, rewards

__all__ = ["accrual", "api", "cards", "enrolment", "ledger", "pages", "programs", "rewards"]
