"""What always holds of the schema: nothing refers across companies or to nothing, and what
is append-only is held so by its triggers."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Table, and_, func, inspect, select, text

from .. import tenancy
from ..extensions import db
from .guards import APPEND_ONLY
from .tables import Model

# References without a foreign key (two tables would refer to each other, or the hot write
# would pay for it): table, column, the table it means.
_UNKEPT = (
    ("loyalty_transactions", "terminal_id", "terminals"),
    ("loyalty_transactions", "api_key_id", "api_keys"),
    ("loyalty_transactions", "reverses_id", "loyalty_transactions"),
    ("loyalty_programs", "revision_id", "program_revisions"),
)


def missing_triggers() -> Iterator[tuple[str, str]]:
    """`(invariant, sentence)` for every append-only table that has lost its triggers."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        names = "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY 1"
        expected = 2
    else:
        names = (
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled <> 'D' GROUP BY 1"
        )
        expected = 1
    counts: dict[str, int] = dict(connection.execute(text(names)).all())
    for table in APPEND_ONLY:
        if counts.get(table, 0) < expected:
            yield "append-only", f"{table}: its trigger is missing (flask db upgrade restores it)"


def stray_references() -> Iterator[tuple[str, str]]:
    """`(invariant, sentence)` for every reference of the acting company's rows that leads to
    none of its rows."""
    tables = Model.metadata.tables
    present = set(inspect(db.session.connection()).get_table_names())
    for table in Model.metadata.sorted_tables:
        if tenancy.is_tenant(table) and table.name in present:
            for key in table.foreign_key_constraints:
                if len(key.columns) == 2:
                    yield from _strays(table, _own_column(key), key.referred_table)
    for name, column, target in _UNKEPT:
        yield from _strays(tables[name], column, tables[target])


def _own_column(key: ForeignKeyConstraint) -> str:
    return next(column.name for column in key.columns if column.name != "company_id")


def _strays(table: Table, column: str, target: Table) -> Iterator[tuple[str, str]]:
    meant: Any = target.alias("meant")
    there = and_(meant.c.company_id == table.c.company_id, meant.c.id == table.c[column])
    lost = db.session.scalar(
        select(func.count())
        .select_from(table.outerjoin(meant, there))
        .where(
            table.c.company_id == tenancy.company_id(),
            table.c[column].is_not(None),
            meant.c.id.is_(None),
        )
    )
    if lost:
        yield "references", f"{table.name}.{column}: {lost} lead to no {target.name} of the company"
