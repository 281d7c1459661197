"""What the installation runs on: database, migrations, Redis, and who works beside the tills.

Each is asked when the page is opened; what cannot be known is None and said so.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from ....extensions import db
from ....health import applied_migrations

_PATIENCE_SECONDS = 1
# The threads of a server that works by itself: `workers.start_embedded` and the scheduler's.
EMBEDDED = ("jobs", "schedules")


@dataclass(frozen=True, slots=True)
class Runner:
    """One worker process, and when it was last heard of."""

    name: str
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Runners:
    """Who drains the outbox. `redis`: whether one is set and answers, None where none is set;
    `embedded`: whether both threads of the very server that answers are alive."""

    redis: bool | None
    workers: tuple[Runner, ...]
    embedded: bool

    @property
    def somebody(self) -> bool:
        return bool(self.workers) if self.redis is not None else self.embedded


@dataclass(frozen=True, slots=True)
class Base:
    """The database: its kind, its bytes (None where it does not say), and its migrations."""

    kind: str
    size_bytes: int | None
    migrations: tuple[str, ...]


def base() -> Base:
    """Two statements."""
    kind = db.session.get_bind().dialect.name
    size = _size_of_file() if kind == "sqlite" else _size_of_server()
    return Base(kind, size, tuple(sorted(applied_migrations())))


def runners() -> Runners:
    """Asked of Redis where one is set, with a second's patience; else of this process."""
    names = {thread.name for thread in threading.enumerate() if thread.is_alive()}
    embedded = names.issuperset(EMBEDDED)
    url = current_app.config["SETTINGS"].redis_url
    if not url:
        return Runners(None, (), embedded)
    try:
        with Redis.from_url(
            url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
        ) as redis:
            workers = Worker.all(connection=redis)
            found = (Runner(one.name, _aware(one.last_heartbeat)) for one in workers)
            return Runners(True, tuple(sorted(found, key=lambda one: one.name)), embedded)
    except RedisError:
        return Runners(False, (), embedded)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _size_of_server() -> int | None:
    return db.session.scalar(select(func.pg_database_size(func.current_database())))


def _size_of_file() -> int | None:
    """With its write-ahead log, which is part of it until the next checkpoint."""
    path = make_url(current_app.config["SETTINGS"].database_url).database or ""
    files = [Path(path), Path(f"{path}-wal")]
    return sum(file.stat().st_size for file in files if file.is_file()) or None
