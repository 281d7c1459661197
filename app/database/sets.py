"""Rows by the thousand in one statement, inside the wall: unlike `bulk`'s COPY these go with
row-level security. PostgreSQL takes columns as arrays, SQLite the rows in turn.

The statements are put together of names alone, and those are the metadata's.
"""

# ruff: noqa: S608

from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg import Binary
from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY

from ..extensions import db

Row = dict[str, Any]


def among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether the column is one of these ids: one value on PostgreSQL, so that the statement is
    the same for any number of them, and is prepared."""
    if db.engine.dialect.name == "postgresql":
        one: ColumnElement[bool] = column == func.any(
            bindparam(None, list(ids), type_=ARRAY(BigInteger))
        )
    else:
        one = column.in_(ids)
    return one


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


def _as_array(values: list[Any]) -> str:
    """PostgreSQL's own words for an array. The driver would look at each value anew, which takes
    ten times as long, and most columns of a batch hold the same value throughout."""
    first = values[0]
    if len(values) > 1 and values.count(first) == len(values):
        return f"{{{','.join([_element(first)] * len(values))}}}"
    return f"{{{','.join([_element(value) for value in values])}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):  # a bool too: True and False are PostgreSQL's words as well
        return str(value)
    if isinstance(value, Binary):
        return f'"\\\\x{value.obj.hex()}"'
    if isinstance(value, date):  # or a moment
        return f'"{value.isoformat()}"'
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    raise TypeError(f"no array of {type(value).__name__} is written here")


def _run(connection: Connection, sql: str, columns: list[Any]) -> int:
    arrays = tuple(_as_array(values) for values in columns)
    count: int = connection.exec_driver_sql(sql, arrays).rowcount
    return count


def _run_each(connection: Connection, sql: str, columns: list[Any]) -> int:
    count: int = connection.exec_driver_sql(sql, list(zip(*columns, strict=True))).rowcount
    return count
