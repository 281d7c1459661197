"""Rows by the thousand in one statement, inside the wall: unlike `bulk`'s COPY these go with
row-level security. PostgreSQL takes columns as arrays, SQLite the rows in turn.

The statements are put together of names alone, and those are the metadata's.
"""

# ruff: noqa: S608

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from ..extensions import db

Row = dict[str, Any]


def add_rows(table: Any, rows: Sequence[Row]) -> None:
    """Insert rows that have the same columns each; what they leave out has the schema's default."""
    if not rows:
        return
    connection, names = db.session.connection(), list(rows[0])
    columns = ", ".join(names)
    values = _bound(connection, table, names, rows)
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(_array(connection, table, name) for name in names)
        _run(
            connection,
            f"INSERT INTO {table.name} ({columns}) SELECT * FROM unnest({arrays})",
            values,
        )
    else:
        marks = ", ".join("?" * len(names))
        _run_each(connection, f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", values)


def change_rows(table: Any, keys: Sequence[str], rows: Sequence[Row]) -> int:
    """Update the rows that equal in `keys`, setting everything else; how many were touched."""
    if not rows:
        return 0
    connection = db.session.connection()
    names = [*(name for name in rows[0] if name not in keys), *keys]
    values = _bound(connection, table, names, rows)
    if connection.dialect.name == "postgresql":
        sets = ", ".join(f"{name} = new.{name}" for name in names if name not in keys)
        same = " AND ".join(f"{table.name}.{key} = new.{key}" for key in keys)
        arrays = ", ".join(_array(connection, table, name) for name in names)
        new = f"unnest({arrays}) AS new ({', '.join(names)})"
        return _run(connection, f"UPDATE {table.name} SET {sets} FROM {new} WHERE {same}", values)
    sets = ", ".join(f"{name} = ?" for name in names if name not in keys)
    same = " AND ".join(f"{key} = ?" for key in keys)
    return _run_each(connection, f"UPDATE {table.name} SET {sets} WHERE {same}", values)


def _bound(connection: Connection, table: Any, names: list[str], rows: Sequence[Row]) -> list[Any]:
    """Column after column, each value as the driver takes it."""
    bound = []
    for name in names:
        kind = table.c[name].type.dialect_impl(connection.dialect)
        bind = kind.bind_processor(connection.dialect)
        column = [row[name] for row in rows]
        bound.append([bind(value) for value in column] if bind else column)
    return bound


def _array(connection: Connection, table: Any, name: str) -> str:
    return f"%s::{table.c[name].type.compile(connection.dialect)}[]"


def _run(connection: Connection, sql: str, columns: list[Any]) -> int:
    count: int = connection.exec_driver_sql(sql, tuple(columns)).rowcount
    return count


def _run_each(connection: Connection, sql: str, columns: list[Any]) -> int:
    count: int = connection.exec_driver_sql(sql, list(zip(*columns, strict=True))).rowcount
    return count
