"""After-commit work: leased from the outbox, handled at least once, never lost.

A handler reads and writes its company's rows in one transaction, which also marks the event
done. What must leave the house (a mail, a text) it returns as an effect: that runs between
two transactions, never inside one, so a kill in between repeats it. Events carry ids only;
an effect names itself by the event's id where it has to happen once.
"""

import logging
import secrets
import time as stopwatch
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import exists, func, literal_column, select, update

from . import clock, metrics, tenancy
from .database import on_postgresql, read_only
from .extensions import db
from .outbox import DEAD, DONE, PENDING, OutboxEvent

log = logging.getLogger(__name__)

LEASE_SECONDS = 40  # what a dead worker held is taken up again within a minute
BATCH = 20
CLOSED_AT_ONCE = 1_000  # events nobody handles, per statement
MOST_TRIES = 30  # with the waits below: about a day
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 5, 3_600
# Written into the statement: a plan for any value could not use the index of what is due.
_PENDING: Any = literal_column(f"'{PENDING}'")
_MOST_SWEEPS = 100  # batches in one drain


@dataclass(frozen=True, slots=True)
class Task:
    """One leased event, and how often it has been tried, this time included."""

    company_id: int
    id: int
    kind: str
    body: dict[str, Any]
    attempts: int
    leased_until: datetime


Effect = Callable[[], None]
Handler = Callable[[Task], Effect | None]
Handling = TypeVar("Handling", bound=Handler)

HANDLERS: dict[str, Handler] = {}

# What wants to be done with many rows at once, whatever their kind: each answers whether there was
# anything, commits by itself, and may run any number of times at once.
Sweep = Callable[[], bool]
SWEEPS: list[Sweep] = []


def job(kind: str) -> Callable[[Handling], Handling]:
    """Register what handles events of this kind: one handler a kind."""

    def register(handler: Handling) -> Handling:
        if kind in HANDLERS:
            raise RuntimeError(f"two handlers for {kind}")
        HANDLERS[kind] = handler
        return handler

    return register


def sweep(work: Sweep) -> Sweep:
    """Register what every drain does before it handles events."""
    SWEEPS.append(work)
    return work


def drain(limit: int = BATCH) -> int:
    """Handle up to `limit` due events, and close those that nobody handles; how many.

    Needs an application context and no open transaction. Any number of drains may run at
    once, in any process: a lease belongs to one of them.
    """
    if not anything_due():
        return 0
    _sweep()
    with tenancy.crossing():
        closed = _close_unhandled()
        tasks = _lease(limit)
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    for task in tasks:
        if clock.now() >= task.leased_until - timedelta(seconds=LEASE_SECONDS // 2):
            break  # the batch was slow: whoever comes next takes the rest when the lease ends
        with application.app_context(), tenancy.acting_as(task.company_id):
            _handle(task)
    return closed + len(tasks)


def _sweep() -> None:
    for work in SWEEPS:
        try:
            for _ in range(_MOST_SWEEPS):
                if not work():
                    break
        except Exception as fault:  # the next drain tries again; events do not wait for it
            db.session.rollback()
            log.warning("%s could not be done: %s", work.__name__, place_of(fault))


# -- leasing: across companies, one statement each ---------------------------------------------


def _due() -> Any:
    now = clock.now()
    free = OutboxEvent.leased_until.is_(None) | (OutboxEvent.leased_until <= now)
    return (OutboxEvent.state == _PENDING) & (OutboxEvent.due_at <= now) & free


def anything_due() -> bool:
    """A read, so that an idle runner never takes the writer's place."""
    uncounted = exists().where(OutboxEvent.uncounted_line_id.is_not(None))
    with read_only(), tenancy.crossing():
        due = bool(db.session.scalar(select(exists().where(_due()) | uncounted)))
        db.session.rollback()
        return due


def _some(condition: Any, limit: int) -> Any:
    """The oldest rows that nobody else holds, in the order of their index, so that a backlog is
    never sorted; SQLite's one writer holds them all."""
    postgres = on_postgresql()
    # Where the row lies: it is ours from here to the end of the statement.
    place: Any = literal_column("outbox.ctid" if postgres else "outbox.rowid")
    oldest = select(place).select_from(OutboxEvent).where(condition).order_by(OutboxEvent.due_at)
    some = oldest.limit(limit).with_for_update(skip_locked=True).scalar_subquery()
    return place == func.any(func.array(some)) if postgres else place.in_(some)


def _close_unhandled() -> int:
    """What nobody here acts upon is done."""
    closed, nobodys = 0, OutboxEvent.kind.not_in(HANDLERS)
    for _ in range(_MOST_SWEEPS):
        which = _some(_due() & nobodys, CLOSED_AT_ONCE)
        some: int = _execute(update(OutboxEvent).where(which).values(state=DONE)).rowcount
        db.session.commit()
        closed += some
        if some < CLOSED_AT_ONCE:
            break
    return closed


def _lease(limit: int) -> list[Task]:
    """Ours for a minute; a try counts when it begins, since it may never end."""
    until = clock.now() + timedelta(seconds=LEASE_SECONDS)
    leased = _execute(
        update(OutboxEvent)
        .where(_some(_due() & OutboxEvent.kind.in_(HANDLERS), limit))
        .values(leased_until=until, attempts=OutboxEvent.attempts + 1)
        .returning(
            OutboxEvent.company_id,
            OutboxEvent.id,
            OutboxEvent.kind,
            OutboxEvent.body,
            OutboxEvent.attempts,
        )
    ).all()
    db.session.commit()
    tasks = (Task(**row._mapping, leased_until=until) for row in leased)
    return sorted(tasks, key=lambda task: task.id)


def _execute(statement: Any) -> Any:
    return db.session.execute(statement, execution_options={"synchronize_session": False})


# -- handling: in the event's own company ------------------------------------------------------


def _handle(task: Task) -> None:
    if task.attempts > MOST_TRIES:
        _settle(task, state=DEAD, last_error="no try ever ended")
        return
    begun, outcome = stopwatch.monotonic(), DONE
    try:
        effect = HANDLERS[task.kind](task)
        if effect:
            db.session.commit()  # nothing leaves the house inside a transaction
            effect()
        _settle(task, state=DONE)
    except Exception as fault:  # whatever broke this one: the others go on
        db.session.rollback()
        outcome = _put_back(task, place_of(fault))
    metrics.job(task.kind, outcome, stopwatch.monotonic() - begun)


def _put_back(task: Task, fault: str) -> str:
    """Let it be tried again, or give it up: what became of it."""
    log.warning("job %s %s failed, try %s: %s", task.kind, task.id, task.attempts, fault)
    if task.attempts >= MOST_TRIES:
        _settle(task, state=DEAD, last_error=fault)
        return DEAD
    due = clock.now() + timedelta(seconds=backoff_seconds(task.attempts))
    _settle(task, state=PENDING, due_at=due, last_error=fault)
    return "failed"


def backoff_seconds(attempts: int) -> float:
    """5 s, doubling to an hour, each spread over ± 25 % so that a crowd does not return at once."""
    wait = min(_FIRST_WAIT_SECONDS << (attempts - 1), _LONGEST_WAIT_SECONDS)
    return wait * (0.75 + secrets.randbelow(501) / 1000)


def _settle(task: Task, **values: Any) -> None:
    ours = update(OutboxEvent).where(
        OutboxEvent.id == task.id,
        OutboxEvent.state == PENDING,
        OutboxEvent.leased_until == task.leased_until,  # else another worker has it by now
    )
    _execute(ours.values(leased_until=None, **values))
    db.session.commit()


def place_of(fault: Exception) -> str:
    """The kind and place of a fault, never its words: they may hold an address."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {frame.name}"[:500]
