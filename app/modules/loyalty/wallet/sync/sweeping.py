"""What the hourly look repairs: it makes passes due, and the engine does the rest.

* What failed is tried again now, however long it would have waited.
* Every pass is compared with its card from time to time, by the hash of its content: days pass, and
  with them points expire and rewards begin, without a line; and a mark may have been lost. A
  company of some thousand passes has all of them looked at each hour, a larger one each day.
* A phone that was pushed and has not fetched is pushed once more, and no more than once a change.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import case, exists, func, literal, null, or_, select, update

from config import Settings

from ..... import clock
from .....database import UtcDateTime
from .....extensions import db
from .. import channels, marking, waking
from ..models import APPLE, PLATFORMS, WalletDevice, WalletPass

STALE_AFTER = timedelta(minutes=15)
_LOOKED_AT = timedelta(minutes=50)  # not again what was looked at since the last hour's look
_LEAST_PER_HOUR, _HOURS = 2_000, 24
_SLICES_PER_HOUR = 360
_MOST_STALE = 10_000


def sweep(*, every: bool = False) -> str:
    """For the acting company; commits, part by part, so that stamps wait for none of them. What is
    due now, in words; `every`: all of them."""
    told = {
        "channels went on": _go_on_with_new_files(),
        "had failed": _failed(),
        "go by this clock again": _of_another_clock(),
        "are sent again": _unfetched(),
        "are looked at": _all() if every else _unseen(),
    }
    return ", ".join(f"{number} {what}" for what, number in told.items() if number) or "all is well"


def waiting() -> int:
    """How many of the acting company's passes are due now; ends the transaction."""
    due = select(func.count()).select_from(WalletPass).where(WalletPass.due_at <= clock.now())
    number = db.session.scalar(due) or 0
    db.session.rollback()
    return number


def _all() -> int:
    return _change(WalletPass.ended_at.is_(None), due_at=clock.now())


def _failed() -> int:
    """The number of attempts stays, and with it how long the next wait is."""
    failed = (WalletPass.due_at.is_not(None), WalletPass.attempts > 0)
    return _change(*failed, WalletPass.leased_until.is_(None), due_at=clock.now())


def _of_another_clock() -> int:
    """A rest longer than any is of a clock that was set back since."""
    longest = clock.now() + marking.LONGEST_REST
    waits = WalletPass.due_at.is_not(None)
    soon = case((waits, literal(clock.now(), UtcDateTime)), else_=null())
    return _change(WalletPass.rest_until > longest, rest_until=None, due_at=soon)


def _unfetched() -> int:
    """Pushed some time ago, and no phone came for it. The tag stays: what it was told of is the
    same."""
    phone = exists().where(
        WalletDevice.company_id == WalletPass.company_id,
        WalletDevice.pass_id == WalletPass.id,
        WalletDevice.refused_at.is_(None),
    )
    query = (
        select(WalletPass.id)
        .where(
            WalletPass.platform == APPLE,
            WalletPass.due_at.is_(None),
            WalletPass.sent_at < clock.now() - STALE_AFTER,
            or_(WalletPass.fetched_tag.is_(None), WalletPass.fetched_tag < WalletPass.tag),
            or_(WalletPass.resent_tag.is_(None), WalletPass.resent_tag < WalletPass.tag),
            phone,
        )
        .order_by(WalletPass.id)
        .limit(_MOST_STALE)
    )
    again = {"resent_tag": WalletPass.tag, "sent_tag": None}
    return _make_due(db.session.scalars(query).all(), marking.SLICE, **again)


def _unseen() -> int:
    """The passes that nobody has compared for longest; what its platform refuses is left alone
    until its card changes or somebody has all of them looked at."""
    idle = (WalletPass.due_at.is_(None), WalletPass.fault.is_(None))
    living = (*idle, WalletPass.ended_at.is_(None))
    number = db.session.scalar(select(func.count()).select_from(WalletPass).where(*living)) or 0
    before = clock.now() - _LOOKED_AT
    query = (
        select(WalletPass.id)
        .where(*living, or_(WalletPass.rest_until.is_(None), WalletPass.rest_until < before))
        .order_by(WalletPass.rest_until)
        .limit(max(_LEAST_PER_HOUR, math.ceil(number / _HOURS)))
    )
    ids = db.session.scalars(query).all()
    return _make_due(ids, max(marking.SLICE, math.ceil(len(ids) / _SLICES_PER_HOUR)))


def _make_due(ids: Sequence[int], size: int, **values: Any) -> int:
    """Slice after slice, each due a little later than the one before."""
    for at, some in marking.in_slices(ids, clock.now(), size):
        _change(WalletPass.id.in_(some), WalletPass.due_at.is_(None), due_at=at, **values)
    return len(ids)


def _go_on_with_new_files() -> int:
    """A channel that the installation's credentials had stopped goes on when they are replaced."""
    number = 0
    for platform in PLATFORMS:
        row, changed = channels.row_of(platform), _changed_at(platform)
        if row and row.stopped_at and not row.sealed and changed and changed > row.stopped_at:
            channels.go_on(platform)
            number += 1
    db.session.commit()
    return number


def _changed_at(platform: str) -> datetime | None:
    """When the installation's credentials were written last."""
    settings: Settings = current_app.config["SETTINGS"]
    path = settings.apple_pass_cert if platform == APPLE else settings.google_wallet_credentials
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path and path.exists() else None


def _change(*which: Any, **values: Any) -> int:
    """Change the acting company's passes of which this is true, and commit; how many."""
    waking.after_commit()
    statement = update(WalletPass).where(marking.in_order(*which)).values(values)
    done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    number: int = done.rowcount
    db.session.commit()
    return number
