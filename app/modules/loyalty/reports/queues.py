"""What waits, what runs by the clock and what was given up: in all companies, or in one.

Each is one statement. Under the operator's crossing it reads all companies; where one acts, that
one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from .... import clock
from ....accounts.companies import Company
from ....extensions import db
from ....outbox import DEAD, PENDING, OutboxEvent
from ....schedules import Schedule
from .health import LATE


@dataclass(frozen=True, slots=True)
class Queue:
    """Events of one kind that are still to be handled; `oldest` is when the first was due, None
    where nothing is due yet."""

    kind: str
    waiting: int
    late: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Clockwork:
    """One kind of job over all open companies: a closed one rests."""

    kind: str
    companies: int
    late: int
    failing: int
    running: int
    never: int
    longest_ms: int | None
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Dead letters of one kind: how many, in how many companies, and since when."""

    kind: str
    number: int
    companies: int
    since: datetime


def queues() -> list[Queue]:
    """By kind of event, the longest waiting first."""
    now = clock.now()
    query = (
        select(
            OutboxEvent.kind,
            func.count(),
            _number(OutboxEvent.due_at < now - LATE),
            func.min(case((OutboxEvent.due_at <= now, OutboxEvent.due_at))),
        )
        .where(OutboxEvent.state == PENDING)
        .group_by(OutboxEvent.kind)
    )
    found = [Queue(*row) for row in db.session.execute(query)]
    return sorted(found, key=lambda one: (one.oldest is None, one.oldest or now, one.kind))


def clockworks() -> list[Clockwork]:
    """By kind of job, those with something failing or late first."""
    columns = (
        Schedule.kind,
        func.count(),
        _number(_late()),
        _number(Schedule.failures > 0),
        _number(Schedule.leased_until > clock.now()),
        _number(Schedule.ended_at.is_(None)),
        func.max(Schedule.lasted_ms),
        func.max(Schedule.ended_at),
    )
    query = (
        select(*columns)
        .join(Company, Company.id == Schedule.company_id)
        .where(Company.status == "open")
        .group_by(Schedule.kind)
    )
    found = [Clockwork(*row) for row in db.session.execute(query)]
    return sorted(found, key=lambda one: (-one.failing, -one.late, one.kind))


def schedules(
    *, limit: int, kind: str | None = None, ailing: bool = False, after: int | None = None
) -> Sequence[Any]:
    """`(schedule, company's name)`: those that fail or are late first, where only they are asked
    for; else by company, from past the company `after`."""
    query = select(Schedule, Company.name).join(Company, Company.id == Schedule.company_id)
    if kind is not None:
        query = query.where(Schedule.kind == kind)
    if ailing:
        query = query.where(Company.status == "open", or_(Schedule.failures > 0, _late()))
        query = query.order_by((Schedule.failures > 0).desc(), Schedule.next_at, Company.name)
    else:
        query = query.order_by(Schedule.company_id, Schedule.kind)
    if after is not None:
        query = query.where(Schedule.company_id > after)
    return db.session.execute(query.limit(limit)).all()


def given_up() -> list[GivenUp]:
    """By kind of event, the most first."""
    query = (
        select(
            OutboxEvent.kind,
            func.count(),
            func.count(OutboxEvent.company_id.distinct()),
            func.min(OutboxEvent.created_at),
        )
        .where(OutboxEvent.state == DEAD)
        .group_by(OutboxEvent.kind)
    )
    found = [GivenUp(*row) for row in db.session.execute(query)]
    return sorted(found, key=lambda one: (-one.number, one.kind))


def dead_letters(
    *, limit: int, kind: str | None = None, before: int | None = None
) -> Sequence[Any]:
    """`(event, company's name)`, the latest first, from below the id `before`."""
    query = (
        select(OutboxEvent, Company.name)
        .join(Company, Company.id == OutboxEvent.company_id)
        .where(OutboxEvent.state == DEAD)
        .order_by(OutboxEvent.id.desc())
        .limit(limit)
    )
    if kind is not None:
        query = query.where(OutboxEvent.kind == kind)
    if before is not None:
        query = query.where(OutboxEvent.id < before)
    return db.session.execute(query).all()


def _late() -> ColumnElement[bool]:
    """Due for longer than it should be, and nobody is at it."""
    now = clock.now()
    free = or_(Schedule.leased_until.is_(None), Schedule.leased_until <= now)
    return and_(Schedule.next_at < now - LATE, free)


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
