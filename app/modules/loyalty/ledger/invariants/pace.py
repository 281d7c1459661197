"""Waiting time, daily cap and the cap of a sale hold, at whatever terminal a line was written.

What a card took over from another made it wait longer, never shorter: that is not counted here.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from .....errors import NotFound
from ...programs import rules_of

_GIVES = ("stamps_added", "points_earned")

Found = tuple[str, str]


class Pace:
    """One card's stamps: the last moment, how many each day gave, and by which line."""

    __slots__ = ("_by_line", "_days", "_last")

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._days: dict[date, int] = {}
        self._by_line: dict[int, date] = {}

    def add(self, line: Any) -> Iterator[Found]:
        """A line that moves stamps, and what came too soon or was too much for its day."""
        stamps = line["stamps"]
        if line["type"] == "voided":
            if day := self._by_line.get(line["reverses_id"]):
                self._days[day] += stamps
            return
        if line["type"] not in _GIVES or stamps <= 0:
            return
        wait, cap, _ = _limits(line["revision_id"])
        day, moment = line["business_day"], line["occurred_at"]
        if self._last is not None and wait and moment < self._last + wait:
            yield "cooldown", "its stamps came before the waiting time was over"
        self._days[day] = self._days.get(day, 0) + stamps
        if cap is not None and self._days[day] > cap:
            yield "caps", f"{self._days[day]} stamps on one day, at most {cap} may be given"
        self._last, self._by_line[line["id"]] = moment, day


def over_the_sale(line: Any) -> Iterator[Found]:
    """What a sale gave is at most what one sale may give."""
    most = _limits(line["revision_id"])[2]
    if most is not None and line["points"] > most:
        yield "caps", f"{line['points']} points in one sale, at most {most} may be given"


@lru_cache(maxsize=1_000)
def _limits(revision_id: int) -> tuple[timedelta, int | None, int | None]:
    """Waiting time, stamps a day, points a sale."""
    try:
        rules = rules_of(revision_id)
    except NotFound:  # told as a reference that leads nowhere
        return timedelta(0), None, None
    wait = timedelta(minutes=rules.cooldown_minutes)
    return wait, rules.max_daily_stamps, rules.max_points_per_order
