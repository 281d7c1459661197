"""Joining, leaving, and being forgotten."""

from .service import EnrolmentClosed, Joined, erase, join, leave

__all__ = ["EnrolmentClosed", "Joined", "erase", "join", "leave"]
