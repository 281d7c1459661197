"""`/healthz`, `/readyz`, `/metrics`: for whatever watches the installation.

Each answers within seconds, also while the database or Redis hangs: what asks those is a thread
of its own, and nobody waits for it longer.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, current_app, jsonify
from redis import Redis
from sqlalchemy import func, literal_column, select, text

from config import ROOT

from . import clock, metrics, tenancy
from .database import read_only
from .database.engine import COMPANY_ROLE
from .errors import NotFound
from .extensions import db, limiter
from .guards import guarded
from .outbox import DEAD, PENDING, OutboxEvent
from .schedules import Schedule

pages = Blueprint("health", __name__)
limiter.exempt(pages)

PATIENCE_SECONDS = 3
_LATE = timedelta(minutes=5)  # a schedule that should have begun by then has nobody to run it
# Written into the statement: a plan for any value could not use the index of what is due.
_PENDING: Any = literal_column(f"'{PENDING}'")
_turn = threading.Lock()

# What the layers above add: figures for /metrics that need no database, and words for /readyz.
FIGURES: list[Callable[[], list[metrics.Figure]]] = []
# The same of those that ask it, across companies: cheap, however much there is.
ASKED: list[Callable[[], list[metrics.Figure]]] = []
NOTES: dict[str, Callable[[], Any]] = {}


@pages.get("/healthz")
@guarded("anyone", "health")
def healthz() -> Response:
    """200 while the process lives."""
    return jsonify(status="alive")


@pages.get("/readyz")
@guarded("anyone", "health")
def readyz() -> tuple[Response, int]:
    """503 until database, migrations and (if set) Redis are usable; beside it, what will have to
    be looked after before long."""
    checks = (
        ("database", _database_fault, "the database does not answer"),
        ("redis", _redis_fault, "Redis does not answer"),
    )
    asked = {name: _ask(look, late) for name, look, late in checks}  # both at once
    faults = {name: fault for name, asking in asked.items() if (fault := asking.wait())}
    notes = {name: told for name, tell in NOTES.items() if (told := tell())}
    status = "not ready" if faults else "ready"
    return jsonify(status=status, **faults, **notes), 503 if faults else 200


@pages.get("/metrics", endpoint="metrics")
@guarded("anyone", "health")
def exposed() -> Response:
    """Prometheus text; off unless METRICS=on."""
    if not (current_app.config["SETTINGS"].metrics and metrics.counting()):
        raise NotFound()
    up = metrics.Figure("regulars_database_up", "Whether the database answered this scrape.", 0)
    figures = [*_ask(_installation, [up]).wait(), *(each for tell in FIGURES for each in tell())]
    content, kind = metrics.exposition(figures)
    return Response(content, content_type=kind)


def applied_migrations() -> set[str]:
    """The migrations that the database has: one, unless somebody branched."""
    with read_only(), tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


# -- looking, for no longer than one waits ---------------------------------------------------------


class _Look(threading.Thread):
    """One look at something that may hang, in the application's context; `late` is the answer
    until there is one."""

    def __init__(self, app: Flask, look: Callable[[], Any], late: Any) -> None:
        super().__init__(daemon=True)
        self._app, self._look, self._answer = app, look, late
        self._ends_at = time.monotonic() + PATIENCE_SECONDS

    def run(self) -> None:
        # Whatever it was, it did not answer.
        with suppress(Exception), self._app.app_context():
            self._answer = self._look()

    def wait(self) -> Any:
        """The answer, or what is said in its place when the patience is at its end."""
        self.join(max(0, self._ends_at - time.monotonic()))
        return self._answer


def _ask(look: Callable[[], Any], late: Any) -> _Look:
    """Begin a look. One that hangs is not begun again before it has ended, so that those who ask
    do not pile up behind it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    under_way: dict[Any, _Look] = app.extensions.setdefault("health", {})
    with _turn:
        asking = under_way.get(look)
        if asking is None or not asking.is_alive():
            asking = under_way[look] = _Look(app, look, late)
            asking.start()
    return asking


def _database_fault() -> str | None:
    with read_only(), tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
        applied = set(MigrationContext.configure(connection).get_current_heads())
        if applied != set(ScriptDirectory(str(ROOT / "migrations")).get_heads()):
            return "the migrations are not applied: flask db upgrade"
        if connection.dialect.name == "postgresql":
            role = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :name")
            if connection.execute(role, {"name": COMPANY_ROLE}).scalar() is not False:
                return f"the role {COMPANY_ROLE} is missing or passes row-level security by"
    return None


def _redis_fault() -> str | None:
    url = current_app.config["SETTINGS"].redis_url
    if url:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as redis:
            redis.ping()
    return None


def _installation() -> list[metrics.Figure]:
    """What all companies together have waiting: a few statements on indexes of what waits."""
    now = clock.now()
    with read_only(), tenancy.crossing():
        pending = select(func.count(), func.min(OutboxEvent.due_at))
        waiting, oldest = db.session.execute(pending.where(OutboxEvent.state == _PENDING)).one()
        given_up = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.state == DEAD)
        dead = db.session.scalar(given_up) or 0
        late = func.count().filter(Schedule.next_at < now - _LATE)
        failing = func.count().filter(Schedule.failures > 0)
        kinds = db.session.execute(
            select(Schedule.kind, late, failing).group_by(Schedule.kind)
        ).all()
        more = [each for ask in ASKED for each in ask()]
        db.session.rollback()
    age = max(0.0, (now - oldest).total_seconds()) if waiting else 0
    return [
        metrics.Figure("regulars_database_up", "Whether the database answered this scrape.", 1),
        metrics.Figure("regulars_outbox_pending", "Events that wait for a job.", waiting),
        metrics.Figure(
            "regulars_outbox_oldest_seconds", "For how long the oldest event has been due.", age
        ),
        metrics.Figure("regulars_dead_letters", "Events given up, for a person to look at.", dead),
        metrics.Figure(
            "regulars_schedules_late",
            "Nightly jobs that should have begun over five minutes ago, of all companies.",
            {kind: late for kind, late, _ in kinds},
        ),
        metrics.Figure(
            "regulars_schedules_failing",
            "Nightly jobs whose latest run failed, of all companies.",
            {kind: failing for kind, _, failing in kinds},
        ),
        *more,
    ]
