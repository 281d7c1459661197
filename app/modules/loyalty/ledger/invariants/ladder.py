"""The tier follows from the ledger: each line that moves it says so, from which to which, and a
review laid aside what was earned before its twelve months."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from .....errors import NotFound
from ...programs import rules_of
from ..tiers import REVIEWED

_MOVES = ("tier-reached", "tier-lost")
_CARRIES = ("merged-in", "merged-out")

Found = tuple[str, str]


class Ladder:
    """What one card's tier goes by, as its lines so far have left it."""

    __slots__ = ("_past", "laid_aside", "points")

    def __init__(self) -> None:
        self.points = self.laid_aside = 0
        self._past: list[tuple[date, int]] = []

    def add(self, line: Any, steps: Sequence[dict[str, Any]]) -> Iterator[Found]:
        """The next line, and what of its tier does not follow; `steps` are read only where they
        tell of a tier or a merging."""
        told = None
        for step in steps:
            if step["code"] == REVIEWED:
                yield from self._review(step)
            elif step["code"] in _CARRIES:
                self.laid_aside += step.get("laid_aside", 0)
            elif step["code"] in _MOVES:
                told = step["from"], step["to"]
        before, self.points = self.points, max(0, line["lifetime_after"] - self.laid_aside)
        self._past.append((line["business_day"], line["lifetime_after"]))
        # A return names the revision of its original, and may move a tier of today's.
        if line["type"] != "voided" and told != _move(line["revision_id"], before, self.points):
            yield "tiers", "its points move another tier, or none"

    def _review(self, step: dict[str, Any]) -> Iterator[Found]:
        since = date.fromisoformat(step["since"])
        earned = next((points for day, points in reversed(self._past) if day < since), 0)
        if step["laid_aside"] != max(self.laid_aside, earned):
            yield "tiers", f"its review should lay {earned} points aside"
        self.laid_aside = step["laid_aside"]


def _move(revision_id: int, before: int, after: int) -> tuple[str, str] | None:
    """`(from, to)` under this revision, or None where the tier stays."""
    if before == after:
        return None
    thresholds, names = _rungs(revision_id)
    was, now = bisect_right(thresholds, before), bisect_right(thresholds, after)
    return None if was == now else (names[was], names[now])


@lru_cache(maxsize=1_000)
def _rungs(revision_id: int) -> tuple[list[int], list[Any]]:
    """Thresholds, and the name of the tier below each and above the last."""
    try:
        rules = rules_of(revision_id)
    except NotFound:  # told as a reference that leads nowhere
        return [], [None]
    rungs = sorted(rules.tiers, key=lambda tier: tier.min_lifetime_points) if rules.points else []
    return [tier.min_lifetime_points for tier in rungs], [None, *(tier.name for tier in rungs)]
