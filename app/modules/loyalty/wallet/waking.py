"""Passes were marked: whoever keeps them true need not wait for its turn.

The engine looks each second besides, so that what another process marked waits no longer.
"""

import threading
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from ....extensions import db
from .models import PLATFORMS

# One for each platform, since each has an engine of its own; set by the commit that marked.
marked = {platform: threading.Event() for platform in PLATFORMS}


def after_commit() -> None:
    """Wake this process's engines when the present transaction is committed."""
    db.session.info["passes"] = True


def now() -> None:
    """Wake them: something is due, or they are to end."""
    for each in marked.values():
        each.set()


@event.listens_for(Session, "after_commit")
def _wake(session: Any) -> None:
    if session.info.pop("passes", False):
        now()
