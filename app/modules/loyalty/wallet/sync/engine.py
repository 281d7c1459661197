"""Passes are kept true: round after round, company by company, until nothing is due."""

import logging
import threading

from flask import current_app

from ..... import tenancy
from .....extensions import db
from ..models import PLATFORMS
from . import leasing, rounds
from .leasing import Channel
from .rounds import Tally

log = logging.getLogger(__name__)

BATCH = 50  # of one company, then the next one has its turn
_NEVER = threading.Event()


def step(
    limit: int = BATCH,
    *,
    platform: str | None = None,
    company_id: int | None = None,
    stop: threading.Event = _NEVER,
) -> int:
    """One round of each company that has a pass due, those first who have waited longest; how
    many passes were looked at.

    Needs an application context, nobody acting and no open transaction. Any number of engines
    may run at once, in any process: a lease belongs to one of them.
    """
    return tell(limit, platform=platform, company_id=company_id, stop=stop).leased


def tell(
    limit: int = BATCH,
    *,
    platform: str | None = None,
    company_id: int | None = None,
    stop: threading.Event = _NEVER,
) -> Tally:
    """The same, and what came of it."""
    total = Tally()
    for name in (platform,) if platform else PLATFORMS:
        for channel in leasing.channels_due(name, company_id):
            if stop.is_set():
                break
            total.add(_run(channel, limit, stop))
    return total


def _run(channel: Channel, limit: int, stop: threading.Event) -> Tally:
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    with application.app_context(), tenancy.acting_as(channel.company_id):
        try:
            return rounds.run(channel.platform, limit, stop)
        except Exception:  # a database that is away, mostly: the lease ends, others go on
            db.session.rollback()
            log.exception("the passes of company %s could not be synced", channel.company_id)
            return Tally()
