"""Waiting for what is open now: afterwards, whatever was begun before is seen, or never will be."""

import time
from typing import Any

from sqlalchemy import String, cast, func, select

from ..errors import Busy
from ..extensions import db

_PATIENCE, _LOOK = 30.0, 0.1  # seconds: how long at most, and how often


def wait_for_open_transactions() -> None:
    """Until every transaction that may have written by now has ended; none of our own may be
    open. Raises `Busy` where one stays open.

    SQLite needs no waiting: there whoever writes is alone, and a reader sees all that came before.
    """
    db.session.rollback()
    if db.engine.dialect.name != "postgresql":
        return
    mine = _number(func.pg_current_xact_id())  # whoever has written by now has a lower one
    oldest, patience = func.pg_snapshot_xmin(func.pg_current_snapshot()), time.monotonic()
    while _number(oldest) <= mine:
        if time.monotonic() > patience + _PATIENCE:
            raise Busy("A transaction stays open; this is tried again later.")
        time.sleep(_LOOK)


def _number(transaction: Any) -> int:
    seen = db.session.scalar(select(cast(transaction, String)))
    db.session.rollback()
    return int(seen or 0)
