"""The letters of a siege: at least one for each event that asks for one, and none for anything
that was never committed. A letter's file is named by its event, so none can stand there twice."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import ColumnElement, func, select

from app import jobs, tenancy
from app.database import read_only
from app.extensions import db
from app.outbox import PENDING, OutboxEvent

from .stage import Stage

ALWAYS = ("card.enrolled", "transaction.voided", "tier.changed")  # told whatever happens meanwhile


@dataclass(frozen=True)
class Post:
    """How many letters were written, how long after their events, and what is wrong.

    `slowest_seconds` is the longest; `late_seconds` is the longest for each worker that died
    over a letter. `waited` counts the letters that somebody died over.
    """

    letters: int = 0
    slowest_seconds: float = 0.0
    late_seconds: float = 0.0
    waited: int = 0
    breaches: list[str] = field(default_factory=list)


def folder(stage: Stage) -> Path:
    return stage.folder / "outbox"


def await_drained(stage: Stage, patience: float) -> bool:
    """Until nothing is pending; False where that takes longer than `patience` seconds."""
    until = time.monotonic() + patience
    with stage.opened(), tenancy.acting_as(stage.company_id):
        while time.monotonic() < until:
            if not _count(OutboxEvent.state == PENDING):
                return True
            time.sleep(0.2)
    return False


def await_taken(*, all_but: int = 0) -> None:
    """Until a worker has taken every event but so many, done or not. In its company."""
    waiting = (OutboxEvent.state == PENDING) & OutboxEvent.leased_until.is_(None)
    while _count(waiting) > all_but:
        time.sleep(0.02)


def _count(which: ColumnElement[bool]) -> int:
    with read_only():
        count = db.session.scalar(select(func.count(OutboxEvent.id)).where(which))
        db.session.rollback()
        return count or 0


def delivered(stage: Stage, events: Sequence[OutboxEvent], without: set[int]) -> Post:
    """What became of these events; those in `without` change nothing and need no letter."""
    written = {int(path.stem): path.stat().st_mtime for path in folder(stage).glob("*.eml")}
    late = [
        (written[event.id] - event.created_at.timestamp(), max(1, event.attempts - 1))
        for event in events
        if event.id in written
    ]
    return Post(
        letters=len(written),
        slowest_seconds=max((seconds for seconds, _ in late), default=0.0),
        late_seconds=max((seconds / deaths for seconds, deaths in late), default=0.0),
        waited=sum(event.attempts > 1 for event in events),
        breaches=list(_breaches(written, events, without)),
    )


def _breaches(
    written: dict[int, float], events: Sequence[OutboxEvent], without: set[int]
) -> Iterator[str]:
    asked = {event.id for event in events if event.kind in jobs.HANDLERS}
    if strange := written.keys() - asked:
        yield f"{len(strange)} letters of nothing that happened"
    for kind in ALWAYS:
        owed = {event.id for event in events if event.kind == kind} - without
        if missing := owed - written.keys():
            yield f"{len(missing)} of {len(owed)} letters of {kind} were never written"
