"""One round: some due passes of one company on one platform, from the lease to the end.

    lease | read, render, hash | tag | deliver | settle

Each is a short transaction of its own, except that none is open while a platform is spoken to.
Killed anywhere, the lease ends and the pass is taken up again: under the tag that it has where
that was not settled, and so delivered twice at worst.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from ..... import clock, jobs, metrics
from .....accounts import companies
from .....accounts.companies import Company
from .....database import read_only
from .....extensions import db
from .. import channels, face
from ..models import WalletPass
from . import delivering, drafts, leasing, platforms, settling, tagging
from .platforms import Away, Dead, Delivery, Outcome
from .tagging import Tagged

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """How many passes were leased, and what became of them; the others wait for their turn."""

    leased: int = 0
    sent: int = 0
    same: int = 0
    failed: int = 0
    stopped: int = 0  # channels

    def add(self, other: "Tally") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def run(name: str, limit: int, stop: threading.Event) -> Tally:
    """A round of the acting company; needs an application context and no open transaction."""
    rows = leasing.take(name, limit)
    tally = Tally(leased=len(rows))
    if not rows:
        return tally
    try:
        with read_only():
            company = _company()
        with face.spoken(company):
            _go(name, rows, stop, tally)
    except Dead as fault:
        _end(name, rows, tally, dead=str(fault))
    except Away as fault:
        _end(name, rows, tally, fault=str(fault), seconds=fault.seconds)
    except Exception as fault:  # a bug: these wait, the other companies do not
        log.exception("a round of %s failed for company %s", name, rows[0].company_id)
        _end(name, rows, tally, fault=jobs.place_of(fault))
    for outcome in ("sent", "same", "failed"):
        metrics.wallet(name, outcome, getattr(tally, outcome))
    return tally


def _company() -> Company:
    """As its own pages have it; detached, so that naming it opens no transaction."""
    company = companies.acting()
    db.session.expunge(company)
    db.session.rollback()
    return company


def _go(name: str, rows: Sequence[WalletPass], stop: threading.Event, tally: Tally) -> None:
    platform = platforms.of(name)
    with read_only():
        delivery = platform.delivery()
        drafted = drafts.draft(platform, rows)
        db.session.rollback()
    delivery.begin()
    tagged, tally.same = tagging.tag(name, delivery, drafted)
    tally.failed = sum(1 for draft in drafted if draft.fault)
    if tagged:
        sendings = [each.sending for each in tagged]
        outcomes, pause = delivering.deliver(delivery, sendings, stop)
        ended = list(zip(tagged, outcomes, strict=True))
        _settle(delivery, ended, pause, tally)
        if dead := next((each.fault for each in outcomes if each and each.dead), None):
            channels.stop(name, dead)
            tally.stopped = 1
        leasing.release()


def _settle(
    delivery: Delivery,
    ended: Sequence[tuple[Tagged, Outcome | None]],
    pause: float,
    tally: Tally,
) -> None:
    held = leasing.held([each.sending.row for each, _ in ended])
    for each, outcome in ended:
        row = held.get(each.sending.row.id)
        if row is None:
            continue  # the lease ended: somebody else has it
        if outcome is None or outcome.dead:
            settling.let_go(row, pause)
        else:
            _settle_one(delivery, each, row, outcome, tally)


def _settle_one(
    delivery: Delivery, each: Tagged, row: WalletPass, outcome: Outcome, tally: Tally
) -> None:
    for column, value in outcome.changes.items():
        setattr(row, column, value)
    delivery.settle(each.sending, outcome)
    if outcome.fault:
        if outcome.refused:
            settling.give_up(row, each.draft, outcome.fault)
        else:
            settling.put_back(row, outcome.fault, outcome.wait_seconds)
        tally.failed += 1
        return
    row.sent_tag, row.sent_at = each.sending.tag, clock.now()
    settling.settle(row, each.draft)
    tally.sent += 1


def _end(
    name: str,
    rows: Sequence[WalletPass],
    tally: Tally,
    *,
    fault: str = "",
    seconds: float | None = None,
    dead: str = "",
) -> None:
    """The whole round came to nothing: what is still leased goes back."""
    db.session.rollback()
    for row in leasing.held(rows).values():
        if dead:
            settling.let_go(row)
        else:
            settling.put_back(row, fault, seconds)
            tally.failed += 1
    if dead:
        channels.stop(name, dead)
        tally.stopped = 1
    leasing.release()
