"""Certificates that end: told sixty, thirty and seven days ahead, once each; and when it is over
the channel stops, which is told too.
"""

import logging

from flask import Flask

from .... import health, outbox
from ....metrics import Figure
from . import channels, standing
from .credentials import apple
from .models import APPLE
from .standing import OWN

log = logging.getLogger(__name__)


def warn() -> str:
    """What a company's night does about its own certificate: what came of it, in words.

    The installation's is the operators' to renew, who see it at their desk.
    """
    found = next(one for one in standing.of_company() if one.platform == APPLE)
    left = found.days_left
    if found.whose != OWN or left is None:
        return "no certificate of its own"
    if left < 0:
        channels.stop(APPLE, "the certificate ended")
        return "the certificate ended"
    near = [days for days in apple.WARNED_DAYS if left <= days]
    if not near:
        return f"{left} days left"
    row = channels.hold(APPLE)
    if row.warned_days is None or min(near) < row.warned_days:
        row.warned_days = min(near)
        outbox.put("wallet.expiring", platform=APPLE, days=min(near))
        return f"{left} days left, the admins are told"
    return f"{left} days left, as was told"


def note_at_start(app: Flask) -> None:
    """A line in the log for each fault of the installation's own files. It starts all the same:
    the tills need none of it."""
    with app.app_context():
        for one in standing.of_installation():
            for finding in (*one.faults, *one.warnings):
                log.warning("%s wallet, %s: %s", one.platform, finding.field, finding.sentence)


def figures() -> list[Figure]:
    """For `/metrics`: how many days the installation's certificates have left, by platform."""
    left = days_left()
    about = "Days until the installation's own certificate ends."
    return [Figure("regulars_wallet_certificate_days", about, left)] if left else []


def days_left() -> dict[str, int]:
    """By platform, of those of the installation's credentials that end."""
    every = standing.of_installation()
    return {one.platform: one.days_left for one in every if one.days_left is not None}


health.FIGURES.append(figures)
health.NOTES["wallet_certificate_days"] = days_left
