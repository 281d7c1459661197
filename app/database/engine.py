"""How each database begins, reads and writes.

SQLite: WAL, full durability, `BEGIN IMMEDIATE` behind one lock of this process for writes,
`query_only` for reads. PostgreSQL: the transaction's role and acting company travel in the
same trip as `BEGIN`; reads are `READ ONLY`. Both make a write inside a GET impossible.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

from psycopg import Error as PostgresError
from sqlalchemy import Connection, Engine, event, make_url

from .. import tenancy
from ..errors import Busy

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this platform: the system's library, with a warning if faulty
    import sqlite3 as sqlite

log = logging.getLogger(__name__)

COMPANY_ROLE = "regulars_company"
PLATFORM_ROLE = "regulars_platform"
DEVICES_ROLE = "regulars_devices"  # reads two tables, see `tenancy.OF_DEVICES`
_ROLES = {tenancy.PLATFORM: PLATFORM_ROLE, tenancy.DEVICES: DEVICES_ROLE}
WRITER_PATIENCE_SECONDS = 10
_POOL_SIZE, _POOL_OVERFLOW = 8, 16

_read_only: ContextVar[bool] = ContextVar("read_only", default=False)
_writer = threading.Lock()


def sqlite_library() -> Any:
    """The module that speaks to SQLite here: the wheel's where there is one."""
    return sqlite


@contextmanager
def read_only() -> Iterator[None]:
    """Transactions begun in this block can only read: GET, verify, dry runs, backups."""
    token = _read_only.set(True)
    try:
        yield
    finally:
        _read_only.reset(token)


def begin_reading(only: bool) -> Token[bool]:
    """For a request: whether its transactions can only read; undo with `end_reading(token)`."""
    return _read_only.set(only)


def end_reading(token: Token[bool]) -> None:
    _read_only.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun in this block may write: the short write after an answer."""
    token = _read_only.set(False)
    try:
        yield
    finally:
        _read_only.reset(token)


def engine_options(url: str) -> dict[str, Any]:
    """What `create_engine` needs for this URL."""
    if url.startswith("sqlite"):
        return {
            "url": url,
            "module": sqlite,
            "hide_parameters": True,  # a fault is logged, and a person's data is not
            "connect_args": {"factory": OneWriter, "isolation_level": None, "timeout": 10},
        }
    return {
        "url": url,
        "hide_parameters": True,
        "pool_size": _POOL_SIZE,
        "max_overflow": _POOL_OVERFLOW,
        # autocommit: `BEGIN` is ours. Prepared at the second use: planning the hot write
        # costs ten times its run.
        "connect_args": {"autocommit": True, "prepare_threshold": 1} | _patience(url),
    }


def _patience(url: str) -> dict[str, int]:
    """How long a silent server is waited for, in seconds (the last in milliseconds), unless the
    URL says it: without this, forever."""
    ours = {
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    return {name: value for name, value in ours.items() if name not in make_url(url).query}


def install(engine: Engine) -> None:
    """Attach the events of the engine's dialect."""
    if engine.dialect.name == "sqlite":
        _warn_if_faulty(sqlite.sqlite_version_info)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


class OneWriter(sqlite.Connection):  # type: ignore[misc,name-defined,unused-ignore]
    """A SQLite connection that holds the process's writer lock while it may write.

    Queueing on a lock is fair and quick; queueing on SQLite's busy handler is neither.
    """

    _holds_writer = False
    _reads_only = False

    def begin(self, *, read: bool) -> None:
        if read != self._reads_only:
            self.execute(f"PRAGMA query_only={int(read)}")
            self._reads_only = read
        if read:
            self.execute("BEGIN")
            return
        if not _writer.acquire(timeout=WRITER_PATIENCE_SECONDS):
            raise Busy("Other work was still being saved. Nothing was changed; please retry.")
        self._holds_writer = True
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite.OperationalError:
            self._release()
            raise Busy("Another program is saving. Nothing was changed; please retry.") from None
        except BaseException:
            self._release()
            raise

    def commit(self) -> None:
        super().commit()
        self._release()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._release()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._release()

    def _release(self) -> None:
        if self._holds_writer:
            self._holds_writer = False
            _writer.release()


def _prepare_sqlite(connection: Any, record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.begin(read=_read_only.get())


def _begin_postgresql(connection: Connection) -> None:
    """`BEGIN` proves besides that the connection lives: those that died in the pool, all of them
    after a restart, are replaced here, without a trip of its own."""
    opening = _opening()
    for _ in range(_POOL_SIZE + _POOL_OVERFLOW):
        driver: Any = connection.connection.dbapi_connection
        try:
            driver.execute(opening, prepare=False)
            return
        except PostgresError:
            if not driver.closed:
                raise
            connection.invalidate()
    raise Busy("The database ends every connection. Nothing was changed; please retry.")


def _opening() -> str:
    """`BEGIN` with the role and company of whoever acts, as one message."""
    acting = tenancy.current()
    # A page, and every check of `verify`, sees one moment: its figures agree with each other.
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if _read_only.get() else "BEGIN"
    if acting is tenancy.OWNER:
        return begin
    role = _ROLES.get(acting, COMPANY_ROLE) if acting else COMPANY_ROLE
    company = int(acting.company_id) if acting and acting.company_id else ""
    settings = {"role": role, "app.company_id": company, "lock_timeout": "10s"}
    local = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    return f"{begin}; SELECT {local}"


def _warn_if_faulty(version: tuple[int, ...]) -> None:
    """SQLite 3.7.0 to 3.51.2 can corrupt the file in a rare WAL reset (backported fixes aside)."""
    fixed = version >= (3, 51, 3) or (version[:2] == (3, 50) and version >= (3, 50, 7))
    if not fixed and not (version[:2] == (3, 44) and version >= (3, 44, 6)):
        log.warning(
            "SQLite %s has the WAL-reset fault. Install the pysqlite3 wheel, or use PostgreSQL.",
            ".".join(map(str, version)),
        )
