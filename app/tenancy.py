"""The acting company, and the guard that no statement gets past without it.

One place says on whose behalf the code runs: a company, the platform's operator, or the
owner of the schema (migrations and backfills). It comes from the session, the terminal, the
key or the page's slug, never from a body.

The guard looks at every statement of the session before it runs:

* an ORM statement gets the acting company's criterion on every tenant class it touches;
* a Core statement must itself compare `company_id` of every tenant table it names;
* an INSERT must carry the acting company's id;
* where nobody acts, a tenant table cannot be touched at all.

PostgreSQL checks once more by row-level security (`database/install.py`); SQLite has no
second net, so `tests/test_tenancy.py` tries the guard form by form.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Table, event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.elements import BinaryExpression, TextClause
from sqlalchemy.sql.operators import eq
from sqlalchemy.sql.selectable import Alias, TextualSelect

from .ids import new_id


class TenancyError(RuntimeError):
    """A bug: code reached for a company's rows without acting for that company."""


class Owned:
    """Mixin of every table whose rows belong to one company: the key begins with it."""

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-20)


class Tenant(Owned):
    """Mixin of the tables keyed `(company_id, id)`: nearly all."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-10, default=new_id)


@dataclass(frozen=True, slots=True)
class Acting:
    """On whose behalf: `company`, `platform` (the operator's crossing) or `owner`."""

    role: str
    company_id: int | None = None


PLATFORM = Acting("platform")
OWNER = Acting("owner")
_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    return _acting.get()


def company_id() -> int:
    """The acting company's id; raises `TenancyError` where no company acts."""
    acting = _acting.get()
    if acting is None or acting.company_id is None:
        raise TenancyError("no company is acting here")
    return acting.company_id


def enter(acting: Acting | None) -> Token[Acting | None]:
    """Begin to act; undo with `leave(token)`. Requests use this, other code `acting_as`."""
    return _acting.set(acting)


def leave(token: Token[Acting | None]) -> None:
    _acting.reset(token)


@contextmanager
def acting_as(company: int) -> Iterator[None]:
    """Act for one company inside this block; the database session must not be in use yet."""
    token = enter(Acting("company", company))
    try:
        yield
    finally:
        leave(token)


@contextmanager
def crossing(acting: Acting = PLATFORM) -> Iterator[None]:
    """Act across companies: sign-in, the operator's desk, verification. Never a company's page."""
    token = enter(acting)
    try:
        yield
    finally:
        leave(token)


# -- the guard -------------------------------------------------------------------------------


def install_guard(session_factory: Any) -> None:
    """Put the guard on an application's session factory."""
    event.listen(session_factory, "after_begin", _remember_acting)
    event.listen(session_factory, "do_orm_execute", _guard_statement)
    event.listen(session_factory, "before_flush", _guard_flush)


def _remember_acting(session: Session, transaction: Any, connection: Any) -> None:
    session.info["acting"] = _acting.get()


def _guard_statement(state: ORMExecuteState) -> None:
    acting = _acting.get()
    if state.session.in_transaction() and state.session.info.get("acting", acting) != acting:
        raise TenancyError("the acting company changed inside a transaction")
    if acting is PLATFORM or acting is OWNER:
        return
    statement = state.statement
    if isinstance(statement, TextClause | TextualSelect):
        raise TenancyError("raw SQL belongs to app.database, the ledger and jobs")
    if acting is None:
        for table in tenant_tables(statement):
            raise TenancyError(f"{table.name} was touched while no company acts")
    elif isinstance(statement, Insert):
        _guard_insert(statement, state.parameters, acting.company_id)
    else:
        if state.is_orm_statement:
            state.statement = scoped(statement, acting.company_id)
        for name in unscoped(statement):
            raise TenancyError(f"{name} is used without its company_id")


def scoped(statement: Any, company: int | None) -> Any:
    """The ORM statement with the company's criterion on every tenant class it touches."""
    return statement.options(
        with_loader_criteria(Owned, lambda cls: cls.company_id == company, include_aliases=True)
    )


def _guard_insert(statement: Insert, parameters: Any, company: int | None) -> None:
    if not is_tenant(statement.table):
        return
    rows = parameters if isinstance(parameters, list) else [parameters or {}]
    inline = statement.compile().params
    given = {row["company_id"] for row in rows if "company_id" in row}
    if not given and inline.get("company_id") is not None:
        given = {inline["company_id"]}
    if given != {company} or any(bool(row) and "company_id" not in row for row in rows):
        raise TenancyError(f"INSERT into {statement.table.name} without the acting company's id")


def _guard_flush(session: Session, context: Any, instances: Any) -> None:
    acting = _acting.get()
    if acting is PLATFORM or acting is OWNER:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Owned):
            if acting is None:
                raise TenancyError(f"{type(row).__name__} written while no company acts")
            if row.company_id is None and row in session.new:
                row.company_id = company_id()
            if row.company_id != acting.company_id:
                raise TenancyError(f"{type(row).__name__} belongs to another company")


def is_tenant(table: Any) -> bool:
    return isinstance(table, Table) and "company_id" in table.primary_key.columns


def tenant_tables(statement: Any) -> list[Any]:
    """Every tenant table the statement names, in whatever corner."""
    found = [part for part in visitors.iterate(statement) if is_tenant(part)]
    if isinstance(statement, UpdateBase) and is_tenant(statement.table):
        found.append(statement.table)
    return found


def unscoped(statement: Any) -> list[str]:
    """Names of the Core tenant tables and aliases that no `company_id = …` comparison names.

    Tables that came through a mapped class are not listed: `scoped` has seen to them.
    """
    used: dict[Any, str] = {}
    compared: set[Any] = set()
    aliased: set[Any] = set()
    mapped: set[Any] = set()
    for part in (*visitors.iterate(statement), *tenant_tables(statement)):
        if entity := part._annotations.get("parententity"):
            mapped.add(_key(entity.mapper.local_table))
        if isinstance(part, Alias) and is_tenant(part.element):
            used[_key(part)] = part.name
            aliased.add(_key(part.element))
        elif is_tenant(part):
            used[_key(part)] = part.name
        elif isinstance(part, BinaryExpression) and part.operator is eq:
            for side in (part.left, part.right):
                if getattr(side, "key", None) == "company_id":
                    compared.add(_key(getattr(side, "table", None)))
    return [name for key, name in used.items() if key not in compared | mapped | aliased]


def _key(table: Any) -> Any:
    """A table is itself under any annotation; an alias is only itself."""
    return table.name if isinstance(table, Table) else id(table)
