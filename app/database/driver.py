"""Constant statements, run on the driver itself.

SQLAlchemy makes a context, a result and a description of every column anew for each run: some
50 µs that a stamp would pay four times. A constant is compiled once per dialect instead; a run
is then values bound, the driver's `execute`, and rows as named tuples. The transaction is the
session's, errors are SQLAlchemy's, and listeners to `before_cursor_execute` hear of each run.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection, Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError


def rows(connection: Connection, statement: Any, values: dict[str, Any]) -> list[Any]:
    """The rows of a constant SELECT, each a named tuple."""
    prepared = _prepared(statement, connection.dialect)
    return prepared.read(_run(connection, prepared, values).fetchall())


def changed(connection: Connection, statement: Any, values: dict[str, Any]) -> int:
    """How many rows a constant INSERT or UPDATE has touched."""
    count: int = _run(connection, _prepared(statement, connection.dialect), values).rowcount
    return count


class Prepared:
    """A constant statement in a dialect's words; it gives values to the driver and reads rows."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=_speaking(dialect))
        self.statement = statement  # kept, so that no other is ever taken for it
        self.sql = str(compiled)
        names = {name: bind for bind, name in compiled.bind_names.items()}
        self.constants = {
            name: bind.effective_value for name, bind in names.items() if not bind.required
        }
        self.order = tuple(compiled.positiontup or ())
        binders = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in names.items()
        }
        self.binders = [(name, binder) for name, binder in binders.items() if binder]
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self.row = _row([str(column.key) for column in columns])
        kinds = [column.type.dialect_impl(dialect) for column in columns]
        readers = [kind.result_processor(dialect, None) for kind in kinds]
        self.readers = [(place, reader) for place, reader in enumerate(readers) if reader]

    def given(self, values: dict[str, Any]) -> Any:
        """The values as the driver takes them: by name, or in the order of its marks. There may
        be more of them than the statement has."""
        bound = self.constants | values
        for name, binder in self.binders:
            bound[name] = binder(bound[name])
        return tuple([bound[name] for name in self.order]) if self.order else bound

    def read(self, found: list[Any]) -> list[Any]:
        """The driver's rows with each column as its type says."""
        read = []
        for row in map(list, found):
            for place, reader in self.readers:
                row[place] = reader(row[place])
            read.append(self.row(*row))
        return read


def _row(names: list[str]) -> Callable[..., Any]:
    return namedtuple("Row", names)


def _speaking(dialect: Dialect) -> Dialect:
    """PostgreSQL's own `$1`: psycopg would look for its `%(name)s` in the text at every run of a
    long statement, some 100 µs, as it keeps none of more than 50 values."""
    if not _is_postgresql(dialect):
        return dialect
    ours: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    return ours


def _is_postgresql(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


_kept: dict[tuple[int, str], Prepared] = {}


def _prepared(statement: Any, dialect: Dialect) -> Prepared:
    key = id(statement), dialect.name
    if key not in _kept:
        _kept[key] = Prepared(statement, dialect)
    return _kept[key]


def _run(connection: Connection, prepared: Prepared, values: dict[str, Any]) -> Any:
    """The driver's cursor; raises SQLAlchemy's `DBAPIError` in place of the driver's."""
    driver: Any = connection.connection.dbapi_connection
    sql, given = prepared.sql, prepared.given(values)
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, sql, given, prepared, False)
    dialect = connection.dialect
    try:
        if _is_postgresql(dialect):
            return RawCursor(driver).execute(sql, given)
        return driver.execute(sql, given)
    except dialect.loaded_dbapi.Error as fault:
        lost = dialect.is_disconnect(fault, driver, None)
        if lost:
            connection.invalidate(fault)
        raise DBAPIError.instance(
            sql,
            given,
            fault,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from fault
