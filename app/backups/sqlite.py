"""SQLite's part of a backup: a copy of the file, proven before it takes the place of another."""

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy.engine import make_url

from ..database import sqlite_library
from .refused import STRANGE, BackupRefused


def dump(into: Path) -> dict[str, int]:
    """Write the database as it is at one moment, while others write; its tables' rows."""
    with closing(sqlite_library().connect(_file(), isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(into),))
    with closing(sqlite_library().connect(into)) as connection:
        return _counted(connection)


def load(dump: Path, rows: dict[str, int]) -> None:
    """Put the dump in the database's place. Raises `BackupRefused`, and then nothing changed,
    unless it is a sound database of ours with these rows and nobody works on the present one."""
    _prove(dump, rows)
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".restored")
    shutil.copy(dump, fresh)
    with fresh.open("rb+") as written:
        os.fsync(written.fileno())
    _must_be_idle(file)
    for left in ("-wal", "-shm"):
        file.with_name(file.name + left).unlink(missing_ok=True)
    fresh.replace(file)


def _file() -> Path:
    return Path(str(make_url(current_app.config["SETTINGS"].database_url).database))


def _prove(dump: Path, rows: dict[str, int]) -> None:
    with closing(sqlite_library().connect(dump)) as connection:
        try:
            sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            ours = sound and connection.execute("SELECT 1 FROM alembic_version").fetchone()
            held = _counted(connection) if rows else {}
        except (sqlite_library().DatabaseError, UnicodeError):  # of its words about the damage
            ours, held = None, {}
    if not ours:
        raise BackupRefused(STRANGE)
    if wrong := [table for table, number in rows.items() if held.get(table) != number]:
        raise BackupRefused(f"Rows are missing in {', '.join(wrong[:5])}. Nothing was changed.")


def _counted(connection: Any) -> dict[str, int]:
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in connection.execute(tables).fetchall()]
    return {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
        for name in names
    }


def _must_be_idle(file: Path) -> None:
    """Raises `BackupRefused` while a server or worker has the file open for writing."""
    if not file.exists():
        return
    connection = sqlite_library().connect(file, isolation_level=None, timeout=1)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite_library().OperationalError:
        raise BackupRefused("The database is in use: stop the server and the workers.") from None
    finally:
        connection.close()
