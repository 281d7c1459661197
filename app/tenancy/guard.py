"""The guard in the session: every statement and every flush passes it.

* A query or a change gets the acting company's criterion on each mapped class, and each Core
  table must be compared with the company besides; what is left open is refused.
* Inserted rows carry the acting company's id, and no row ever changes it.
* Where nobody acts, no tenant table is touched at all.
* A session does not change company within a transaction.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, Update, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.selectable import SelectBase, TextualSelect

from . import reach
from .acting import (
    DEVICES,
    OF_DEVICES,
    OWNER,
    PLATFORM,
    Acting,
    Owned,
    TenancyError,
    company_id,
    current,
)


class CompanySession(Session):
    """A session that looks no row up for another company, and has no way round the guard."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As `Session.get`; what the session still holds of another company is not found."""
        row = super().get(entity, ident, **options)
        acting = current()
        if not isinstance(row, Owned) or acting is PLATFORM or acting is OWNER:
            return row
        if acting is None:
            raise TenancyError(f"{type(row).__name__} was touched while no company acts")
        return row if row.company_id == acting.company_id else None

    def bulk_save_objects(self, *args: Any, **options: Any) -> None:
        """Refused, like its two siblings: it passes the guard by. `execute(insert(…), rows)`."""
        raise TenancyError("bulk methods pass the guard by: execute(insert(...), rows)")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


def install_guard(session_factory: Any) -> None:
    """Put the guard on an application's session factory."""
    event.listen(session_factory, "after_begin", _remember_acting)
    event.listen(session_factory, "after_transaction_end", _forget_acting)
    event.listen(session_factory, "do_orm_execute", _guard_statement)
    event.listen(session_factory, "before_flush", _guard_flush)


def _remember_acting(session: Session, transaction: Any, connection: Any) -> None:
    session.info.setdefault("acting", current())


def _forget_acting(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("acting", None)


def _judged(session: Session) -> tuple[bool, Acting | None]:
    """`(whether statements are judged at all, who acts)`."""
    acting = current()
    if session.info.get("acting", acting) != acting:
        raise TenancyError("the acting company changed inside a transaction")
    return acting is not PLATFORM and acting is not OWNER, acting


def _guard_statement(state: ORMExecuteState) -> None:
    judged, acting = _judged(state.session)
    if not judged:
        return
    statement: Any = state.statement
    whole = isinstance(statement, SelectBase | UpdateBase | FromStatement)
    if not whole or isinstance(statement, TextualSelect):
        raise TenancyError("raw SQL belongs to app.database, the ledger and jobs")
    if acting is None:
        for name in reach.reached(statement):
            raise TenancyError(f"{name} was touched while no company acts")
        return
    if acting is DEVICES:
        if not state.is_select or not set(reach.reached(statement)) <= OF_DEVICES:
            raise TenancyError("a phone reads its passes' rows and nothing else")
        return
    company, rows = acting.company_id, _rows(state.parameters)
    if isinstance(statement, Insert):
        _guard_insert(statement, rows, company)
    elif isinstance(statement, Update):
        _guard_update(statement, rows)
    for name in reach.unscoped(statement, lambda bind: _all_hold(bind, rows, company)):
        raise TenancyError(f"{name} is used without its company_id")
    state.statement = statement.options(
        with_loader_criteria(Owned, lambda cls: cls.company_id == company, include_aliases=True)
    )


def _guard_insert(statement: Insert, rows: list[Mapping[str, Any]], company: int | None) -> None:
    """Every row that is inserted names the acting company."""
    table: Any = statement.table
    if not reach.is_tenant(table):
        return
    if statement.select is not None:
        raise TenancyError(f"INSERT INTO {table.name} ... SELECT cannot be judged")
    inline = _named(statement._values or {})
    many = [_named(row) for each in statement._multi_values for row in each]
    for row in many or rows or [{}]:
        given = row.get("company_id", inline.get("company_id"))
        if given is None or not _all_hold(given, rows, company):
            raise TenancyError(f"INSERT INTO {table.name} for no company or another")


def _guard_update(statement: Update, rows: list[Mapping[str, Any]]) -> None:
    """No row changes company; nor does one name it, as the ORM's update by a list of keys does,
    which gets no criterion."""
    table: Any = statement.table
    if reach.is_tenant(table):
        named = _named(statement._values or {})
        if "company_id" in named or any("company_id" in row for row in rows):
            raise TenancyError(f"a row of {table.name} would change company")


def _guard_flush(session: Session, context: Any, instances: Any) -> None:
    judged, acting = _judged(session)
    if not judged:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Owned):
            if acting is None:
                raise TenancyError(f"{type(row).__name__} written while no company acts")
            if row in session.new and getattr(row, "company_id", None) is None:
                row.company_id = company_id()
            if {row.company_id, *_before(row)} != {acting.company_id}:
                raise TenancyError(f"{type(row).__name__} belongs to another company")


def _before(row: Owned) -> tuple[Any, ...]:
    """The company a row was loaded with, where that has been changed since."""
    before: tuple[Any, ...] = tuple(inspect(row).attrs.company_id.history.deleted)
    return before


def _rows(parameters: Any) -> list[Mapping[str, Any]]:
    return parameters if isinstance(parameters, list) else [parameters] if parameters else []


def _named(values: Any) -> dict[str, Any]:
    """Values by column name, whether the key was a name, a column or an attribute."""
    if not isinstance(values, Mapping):
        raise TenancyError("values without names cannot be judged")
    return {str(getattr(column, "key", column)): value for column, value in values.items()}


def _all_hold(value: Any, rows: list[Mapping[str, Any]], company: int | None) -> bool:
    """Whether a value or parameter is the company's id, in every row of parameters."""
    if not isinstance(value, BindParameter):
        return bool(value == company)
    return all(row.get(value.key, value.effective_value) == company for row in rows or [{}])
