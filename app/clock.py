"""The one clock: UTC, movable outside production.

`CLOCK_FILE` holds `+SECONDS` or `-SECONDS` and is read at each use, so that a test or a demo
can move a running installation; `at()` moves it for one block of code. Traffic limits and
ids use the real time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

_moved_to: ContextVar[datetime | None] = ContextVar("moved_to", default=None)
_shift_file: list[Path] = []


def follow(shift_file: str | None) -> None:
    """Shift the clock by the seconds that `shift_file` holds from now on; None: the real time."""
    _shift_file[:] = [Path(shift_file)] if shift_file else []


def now() -> datetime:
    """The present moment, aware, in UTC, as the rules see it."""
    moved = _moved_to.get()
    if moved is not None:
        return moved
    real = datetime.now(UTC)
    return real + timedelta(seconds=_shift()) if _shift_file else real


def _shift() -> int:
    try:
        return int(_shift_file[0].read_text().strip() or "0")
    except (OSError, ValueError):
        return 0


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let this block live at `moment`."""
    token = _moved_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moved_to.reset(token)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The IANA zone; raises `ZoneInfoNotFoundError` or `ValueError` for an unknown name."""
    return ZoneInfo(name)


def business_day(moment: datetime, zone_name: str) -> date:
    """The calendar day at the shop when `moment` happened."""
    return moment.astimezone(zone(zone_name)).date()
