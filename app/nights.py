"""What every company's night does, in this order of its own hours."""

from datetime import time

from . import schedules, tenancy, verify
from .modules.loyalty import expiry


class Broken(RuntimeError):
    """An invariant does not hold: the run counts as failed, and the operator's desk shows it."""


@schedules.nightly("expiry", at=time(3, 0))
def points_expire() -> str:
    """Notices, and what expires."""
    outcome = expiry.expire()
    told = f"{outcome.points} points of {outcome.cards} cards expired, {outcome.told} were told"
    return f"{told}, {len(outcome.failed)} failed" if outcome.failed else told


@schedules.nightly("verify", at=time(4, 30))
def figures_hold() -> str:
    """Every invariant, read only."""
    found = sum(1 for _ in verify.breaches(tenancy.company_id()))
    if found:
        raise Broken
    return "clean"
