"""What was anchored is still there, and nothing has come to it."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from .....audit import AuditEntry
from .....extensions import db
from ..anchors import Anchor, Tally, link, tally_of
from .history import Found


class Anchored:
    """The acting company's anchors, and what the lines between each two of them come to."""

    def __init__(self) -> None:
        self._anchors: Sequence[Anchor] = db.session.scalars(
            select(Anchor).order_by(Anchor.number)
        ).all()
        self._through = [anchor.through for anchor in self._anchors]
        self._seen = [Tally() for _ in self._anchors]

    def add(self, line: Mapping[str, Any]) -> None:
        """Count a line for the first anchor that it lies under."""
        if self._through and line["id"] <= self._through[-1]:
            self._seen[bisect_left(self._through, line["id"])].add(line)

    def breaches(self) -> Iterator[Found]:
        """When every line was added: each anchor that does not hold."""
        before: Anchor | None = None
        for number, (anchor, seen) in enumerate(zip(self._anchors, self._seen, strict=True), 1):
            said = f"anchor {anchor.number} of {anchor.taken_at:%Y-%m-%d}"
            if not _follows(anchor, before, number):
                yield "anchors", f"{said}: it, or the one before it, was changed"
            elif tally_of(before).plus(seen) != tally_of(anchor):
                lines = seen.lines - (anchor.lines - tally_of(before).lines)
                yield "anchors", f"{said}: {_difference(lines)}"
            before = anchor
        yield from _acts(before)


def _follows(anchor: Anchor, before: Anchor | None, number: int) -> bool:
    try:
        place = link(anchor, bytes(before.chain)) if before else link(anchor)
    except KeyError:  # the key's version is gone from FIELD_KEY: nothing can be shown
        return False
    return anchor.number == number and place == bytes(anchor.chain)


def _difference(lines: int) -> str:
    if lines < 0:
        return f"{-lines} lines that it saw are gone"
    if lines > 0:
        return f"{lines} lines are there that it did not see"
    return "lines are not those that it saw"


def _acts(last: Anchor | None) -> Iterator[Found]:
    """The administrative chain still goes as far as the last anchor saw it."""
    if last is None or not last.acts:
        return
    head = db.session.scalar(select(AuditEntry.chain).where(AuditEntry.sequence == last.acts))
    if head is None or bytes(head) != bytes(last.acts_head or b""):
        yield "anchors", f"anchor {last.number}: act {last.acts} of the audit is not as it saw it"
