"""Many rows at once, past the unit of work: COPY on PostgreSQL, `executemany` on SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table

from ..extensions import db


def copy_rows(table: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows in the present transaction; values are those of the driver, in `columns`' order.

    Moments and days are text, `2025-01-31 08:00:00.000000` in UTC and `2025-01-31`. PostgreSQL
    wants the owner of the tables here: COPY and row-level security do not go together.
    """
    assert isinstance(table, Table)  # noqa: S101 - for the type checker
    names = ", ".join(columns)
    driver: Any = db.session.connection().connection.dbapi_connection
    if db.engine.dialect.name == "postgresql":
        with driver.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608


def trust_the_rows() -> None:
    """Leave foreign keys unchecked in this transaction where the login may (a superuser), which
    doubles the rate: who loads made both ends, and `verify` looks at every reference."""
    connection = db.session.connection()
    superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = session_user"
    if connection.dialect.name == "postgresql" and connection.exec_driver_sql(superuser).scalar():
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def analyze() -> None:
    """Let the planner know what was loaded."""
    db.session.connection().exec_driver_sql("ANALYZE")
