"""Time-ordered 64-bit identifiers, made by the application.

41 bits of milliseconds since 2024, 6 of the process's number, and 16 that start random in each
millisecond and then count up: one process never repeats itself, neighbours on one machine never
meet, and where two machines do, the primary key refuses and the business transaction runs once
more. Ids come from the real clock, never from a moved one, and travel as strings in JSON.
"""

import os
import secrets
import threading
import time
from datetime import datetime, timedelta

_EPOCH_MS = 1_704_067_200_000
_LOW_BITS, _COUNTING_BITS = 22, 16
_turn = threading.Lock()
_latest = [0]
os.register_at_fork(after_in_child=lambda: _latest.__setitem__(0, 0))  # a child counts by itself


def new_id() -> int:
    """The next identifier: positive, below 2**63, greater than any this process made before."""
    now = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _LOW_BITS
    first = now | (os.getpid() & 63) << _COUNTING_BITS
    with _turn:
        if _latest[0] >= first:  # the same millisecond, or a clock set back
            _latest[0] += 1
        else:
            _latest[0] = first | secrets.randbits(_COUNTING_BITS - 1)
        return _latest[0]


def first_at(moment: datetime) -> int:
    """The smallest identifier that can have been made at `moment` by the real clock."""
    return max(0, int(moment.timestamp() * 1000) - _EPOCH_MS) << _LOW_BITS


def earlier(than: int, *, by: timedelta) -> int:
    """The identifier as much earlier: nothing that old or younger lies below it."""
    return max(0, than - (int(by.total_seconds() * 1000) << _LOW_BITS))


def told(text: str) -> int | None:
    """The id that somebody tells in a cookie or a key; None for what can be none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    value = int(text)
    return value if 0 < value < 2**63 else None
