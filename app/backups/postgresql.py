"""PostgreSQL's part of a backup: its own tools, and one transaction for the whole of a restore."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from flask import current_app
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlalchemy.engine import make_url

from ..database import guards
from .refused import STRANGE, BackupRefused

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Whoever still works there gets to end its transaction, and is not waited for longer.
_OUT_WITH_THE_OLD = """SET lock_timeout = '10s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""


def dump(into: Path) -> dict[str, int]:
    """Write the database as it is at one moment, while others write; its tables' rows."""
    with _owner(isolation_level="REPEATABLE READ").connect() as connection:
        moment = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        rows = {
            table: int(connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one())  # noqa: S608
            for table in connection.exec_driver_sql(_TABLES).scalars().all()
        }
        plain = ("--format=custom", "--no-owner", "--no-privileges")
        _run("pg_dump", *plain, f"--snapshot={moment}", f"--file={into}")
    return rows


def load(dump: Path, rows: dict[str, int]) -> None:
    """Put the dump in the database's place: the old schema goes, the new one comes and its rows
    are counted in one transaction. Raises `BackupRefused`, and then nothing changed.

    The roles that policies name are made first; grants and policies are put back by the
    migrations that follow.
    """
    if "alembic_version" not in _run("pg_restore", "--list", str(dump)):
        raise BackupRefused(STRANGE)
    # All of it is read before anything is touched: damage may lie behind a list that is sound.
    script = dump.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
    with _owner().begin() as connection:
        guards.make_roles(connection)
    before, after = dump.with_suffix(".before"), dump.with_suffix(".after")
    before.write_text(_OUT_WITH_THE_OLD)
    after.write_text(_counting(rows))
    files = [f"--file={part}" for part in (before, script, after)]
    once = ("--no-psqlrc", "--quiet", "--single-transaction", "--variable=ON_ERROR_STOP=1")
    _run("psql", *once, "--output=/dev/null", *files)


def _counting(rows: dict[str, int]) -> str:
    """What ends the transaction in a fault where a table has other rows than it should."""
    looks = "".join(
        f"IF (SELECT count(*) FROM public.{table}) <> {number} THEN\n"  # noqa: S608 - proven names
        f"  RAISE EXCEPTION 'rows are missing in {table}'; END IF;\n"
        for table, number in rows.items()
    )
    return f"DO $$ BEGIN\n{looks}END $$;\n"


def _url() -> URL:
    """The tables' owner, whom row-level security lets see all rows."""
    settings = current_app.config["SETTINGS"]
    return make_url(settings.migration_database_url or settings.database_url)


def _owner(**options: Any) -> Engine:
    return create_engine(_url(), poolclass=NullPool, **options)


def _run(tool: str, *arguments: str) -> str:
    """What PostgreSQL's own tool prints; the password travels in the environment alone."""
    found = shutil.which(tool)
    if found is None:
        raise BackupRefused(f"{tool} is not installed: it comes with PostgreSQL's client tools.")
    variables = {name: f"PG{name.upper()}" for name in ("host", "port", "user", "password")}
    variables["dbname"] = "PGDATABASE"
    plain = _url().set(drivername="postgresql").render_as_string(hide_password=False)
    server: dict[str, Any] = conninfo_to_dict(plain)
    own = {name: str(server[key]) for key, name in variables.items() if server.get(key)}
    ran = subprocess.run(  # noqa: S603 - a tool of PostgreSQL, found on the path
        [found, *arguments], env=os.environ | own, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise BackupRefused(f"{tool} failed: {ran.stderr.strip()[-400:]}")
    return ran.stdout
