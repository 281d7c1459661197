"""What happens by the clock: rows claimed with leases, one for each company and kind.

A row says when it is due next; whoever leases it runs it in its company and puts the next moment
down. Killed on the way, it is due again when the lease ends; run by two at once, it must come to
the same. What was missed while nobody ran is done once, at the next tick.
"""

import logging
import time as stopwatch
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import CheckConstraint, Integer, SmallInteger, String, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from . import clock, tenancy
from .accounts.companies import Company
from .database import Model, UtcDateTime, company_table, read_only
from .extensions import db

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)
_SPREAD_MINUTES = 60  # companies of one zone do not all begin in the same minute


class Schedule(tenancy.Owned, Model):
    """When a company's job of one kind is due next, and how its last run went."""

    __tablename__ = "schedules"
    __table_args__ = (
        company_table(),
        CheckConstraint("failures BETWEEN 0 AND 1000", name="failures"),
        CheckConstraint("lasted_ms >= 0", name="lasted_ms"),
    )

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lasted_ms: Mapped[int | None] = mapped_column(Integer)
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    outcome: Mapped[str | None] = mapped_column(String(200))


Run = Callable[[], str]  # in its company, committing as it goes; answers what came of it
Running = TypeVar("Running", bound=Run)


@dataclass(frozen=True, slots=True)
class Kind:
    """One job: `at` is the hour of the company's own night, or None for every hour."""

    name: str
    at: time | None
    run: Run

    def after(self, moment: datetime, company: int, zone: str) -> datetime:
        """The next moment it is due, strictly after `moment`."""
        spread = timedelta(minutes=company // 7 % _SPREAD_MINUTES)
        if self.at is None:
            return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) + spread
        place = clock.zone(zone)
        day = moment.astimezone(place).date()
        for ahead in range(3):
            local = datetime.combine(day + timedelta(days=ahead), self.at, place)
            if (due := local.astimezone(UTC) + spread) > moment:
                return due
        raise AssertionError("one of three nights is always ahead")


KINDS: dict[str, Kind] = {}


def nightly(name: str, at: time) -> Callable[[Running], Running]:
    """Register a job of every company's night; its day is the company's."""
    return _registering(name, at)


def hourly(name: str) -> Callable[[Running], Running]:
    """Register a job of every hour."""
    return _registering(name, None)


def _registering(name: str, at: time | None) -> Callable[[Running], Running]:
    def register(run: Running) -> Running:
        if name in KINDS:
            raise RuntimeError(f"two jobs called {name}")
        KINDS[name] = Kind(name, at, run)
        return run

    return register


def tick(limit: int = 10) -> int:
    """Run up to `limit` jobs that are due now, and plan those of new companies; how many of both.
    Needs no open transaction. Any number of ticks may run at once, in any process."""
    if not anything_to_do():
        return 0
    with tenancy.crossing():
        added = _add_missing()
        claimed = _claim(limit)
    for company, zone, name, lease in claimed:
        _run(company, zone, KINDS[name], lease)
    return added + len(claimed)


def _due() -> Any:
    now = clock.now()
    free = Schedule.leased_until.is_(None) | (Schedule.leased_until <= now)
    # A closed company rests: what it missed is done once, when it is opened again.
    awake = Schedule.company_id.in_(select(Company.id).where(Company.status == "open"))
    return (Schedule.next_at <= now) & free & awake & Schedule.kind.in_(KINDS)


def anything_to_do() -> bool:
    """A read, so that an idle scheduler never takes the writer's place."""
    with read_only(), tenancy.crossing():
        due = db.session.scalar(select(Schedule.company_id).where(_due()).limit(1))
        found = due is not None or db.session.execute(_missing().limit(1)).first() is not None
        db.session.rollback()
        return found


def _missing() -> Any:
    """`(company, zone, kind)` of open companies whose row is not there yet."""
    kinds = select(literal("").label("kind")).where(literal(False))
    names = kinds.union_all(*(select(literal(name).label("kind")) for name in KINDS)).subquery()
    return (
        select(Company.id, Company.timezone, names.c.kind)
        .join(names, literal(True))
        .outerjoin(Schedule, (Schedule.company_id == Company.id) & (Schedule.kind == names.c.kind))
        .where(Company.status == "open", Schedule.kind.is_(None))
    )


def _add_missing() -> int:
    """Rows for what has none yet; how many. Another process may be adding the same ones."""
    now = clock.now()
    missing = db.session.execute(_missing().limit(500)).all()
    for company, zone, name in missing:
        row = Schedule(company_id=company, kind=name, next_at=KINDS[name].after(now, company, zone))
        db.session.add(row)
    try:
        db.session.commit()
    except IntegrityError:  # they stand there now, by another's hand
        db.session.rollback()
    return len(missing)


def _claim(limit: int) -> list[tuple[int, str, str, datetime]]:
    """Ours until the lease ends: `(company, its zone, kind, lease)`."""
    until = clock.now() + LEASE
    rows = db.session.scalars(
        select(Schedule)
        .where(_due())
        .order_by(Schedule.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.leased_until = until
    zones: dict[int, str] = dict(
        db.session.execute(
            select(Company.id, Company.timezone).where(
                Company.id.in_([row.company_id for row in rows])
            )
        ).all()
    )
    claimed = [(row.company_id, zones[row.company_id], row.kind, until) for row in rows]
    db.session.commit()
    return claimed


def _run(company: int, zone: str, kind: Kind, lease: datetime) -> None:
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    begun = stopwatch.monotonic()
    with application.app_context(), tenancy.acting_as(company):
        try:
            outcome = kind.run()
            db.session.commit()
            _settle(company, zone, kind, lease, begun, outcome=outcome)
        except Exception as fault:
            db.session.rollback()
            log.exception("the schedule %s of company %s failed", kind.name, company)
            _settle(company, zone, kind, lease, begun, fault=type(fault).__name__)


def _settle(
    company: int,
    zone: str,
    kind: Kind,
    lease: datetime,
    begun: float,
    *,
    outcome: str = "",
    fault: str = "",
) -> None:
    """Put the next moment down, unless the lease went to somebody else meanwhile."""
    now = clock.now()
    row = db.session.scalar(select(Schedule).where(Schedule.kind == kind.name).with_for_update())
    if row is None or row.leased_until != lease:
        db.session.rollback()
        return
    row.leased_until, row.ended_at = None, now
    row.lasted_ms = int((stopwatch.monotonic() - begun) * 1000)
    row.outcome = (fault or outcome)[:200]
    row.failures = min(row.failures + 1, 1000) if fault else 0
    row.next_at = kind.after(now, company, zone)
    if fault:
        wait = min(_FIRST_WAIT * 2 ** min(row.failures - 1, 6), _LONGEST_WAIT)
        row.next_at = min(row.next_at, now + wait)
    db.session.commit()


def run_now(kind: str) -> bool:
    """Let the acting company's job be due at once; whether it has such a job."""
    due = update(Schedule).where(Schedule.kind == kind).values(next_at=clock.now())
    return db.session.scalar(due.returning(Schedule.kind)) is not None
