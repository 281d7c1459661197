"""What every company's night does, in this order of its own hours; and what each hour does."""

import logging
from datetime import time

from . import cleaning, schedules, tenancy, verify
from .modules.loyalty import expiry, reviews
from .modules.loyalty.ledger import anchors
from .modules.loyalty.wallet import expiring, sync

log = logging.getLogger(__name__)


class Broken(RuntimeError):
    """An invariant does not hold: the run counts as failed, and the operator's desk shows it."""


@schedules.nightly("tier-review", at=time(2, 0))
def tiers_are_reviewed() -> str:
    """Once a year tiers may fall; on all other nights there is nothing to do."""
    outcome = reviews.review()
    if outcome.on is None:
        return "none is due"
    told = f"{outcome.lowered} of {outcome.cards} tiers fell"
    return f"{told}, {len(outcome.failed)} failed" if outcome.failed else told


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


@schedules.nightly("anchors", at=time(5, 0))
def chains_are_anchored() -> str:
    """What verification has just seen cannot be cut short unseen any more."""
    anchor = anchors.take()
    told = f"anchor {anchor.number}: {anchor.lines} lines, {anchor.chain.hex()}"
    log.info("%s of company %s", told, anchor.company_id)  # a copy that is not in the database
    return told


@schedules.nightly("tidy", at=time(5, 30))
def leftovers_go() -> str:
    """What nobody needs any more."""
    gone = cleaning.clean()
    return ", ".join(f"{number} {name}" for name, number in gone.items()) or "nothing to do"


@schedules.nightly("certificates", at=time(6, 0))
def certificates_are_watched() -> str:
    """The one that signs a company's passes ends one day: its office is told ahead."""
    return expiring.warn()


@schedules.hourly("wallet-sync")
def passes_are_true() -> str:
    """What no event made good."""
    return sync.sweep()
