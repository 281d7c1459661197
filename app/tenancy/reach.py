"""Which tenant tables a statement reaches, and which of them without their company.

A statement is a tree of scopes: every SELECT, INSERT, UPDATE and DELETE in it, however deep.
Within one scope a tenant table is *scoped* when

* it came through a mapped class and the ORM compiles the scope: `with_loader_criteria` then
  adds the company's criterion, in subqueries too; in an UPDATE or DELETE it reaches the
  target alone;
* or the scope itself says `company_id = ours`, directly or through another scoped table,
  where nothing (an OR, the wrong side of an outer join) can weaken it.

This reads a few private attributes of SQLAlchemy's statements; `tests/test_tenancy.py` would
notice a release that changes what they mean.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Alias, BindParameter, ColumnClause, Join, Table
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, Grouping, TextClause
from sqlalchemy.sql.operators import and_, eq
from sqlalchemy.sql.selectable import FromClause, SelectBase, TableClause

from .acting import TenancyError

Ours = Callable[[BindParameter[Any]], bool]  # whether a parameter holds the acting company's id
_HARMLESS = {"*", "1"}  # what count() and exists() say literally


def is_tenant(table: Any) -> bool:
    """Whether rows of this table belong to a company."""
    return isinstance(table, Table) and "company_id" in table.primary_key.columns


def unscoped(statement: Any, ours: Ours) -> list[str]:
    """The names of the tenant tables that some scope of the statement leaves open.

    The target of an INSERT is not listed: its rows are judged instead. Raises `TenancyError`
    for raw SQL, which cannot be judged.
    """
    found = []
    for scope, parts in _scopes(statement):
        tables = {_key(table): table for part in parts if (table := _table_of(part)) is not None}
        if isinstance(scope, UpdateBase):
            tables.pop(_key(scope.table), None)
            if is_tenant(scope.table) and not isinstance(scope, Insert):
                tables[_key(scope.table)] = scope.table
        if tables:
            closed = _closed(scope, parts, ours)
            found += [_name(table) for key, table in tables.items() if key not in closed]
    return found


def reached(statement: Any) -> list[str]:
    """The names of all tenant tables the statement touches, in whatever corner."""
    tables = [_table_of(part) for _, parts in _scopes(statement) for part in parts]
    targets = [scope.table for scope, _ in _scopes(statement) if isinstance(scope, UpdateBase)]
    return [_name(table) for table in (*tables, *filter(is_tenant, targets)) if table is not None]


def _scopes(statement: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Each scope with the elements that are its own and no inner scope's."""
    waiting, seen = [statement], set()
    while waiting:
        scope = waiting.pop()
        if id(scope) in seen:
            continue
        seen.add(id(scope))
        parts, stack = [], list(scope.get_children())
        while stack:
            part = stack.pop()
            if isinstance(part, SelectBase | UpdateBase):
                waiting.append(part)
                continue
            _refuse_raw(part)
            parts.append(part)
            if not isinstance(part, Alias) or not is_tenant(part.element):
                stack.extend(part.get_children())
        yield scope, parts


def _refuse_raw(part: Any) -> None:
    literal = isinstance(part, ColumnClause) and part.is_literal and part.name not in _HARMLESS
    unknown = isinstance(part, TableClause) and not isinstance(part, Table)
    if isinstance(part, TextClause) or literal or unknown:
        raise TenancyError("raw SQL belongs to app.database, the ledger and jobs")


def _table_of(part: Any) -> Any:
    """The tenant table, or alias of one, that an element is or belongs to; None for others."""
    source = part if isinstance(part, FromClause) else getattr(part, "table", None)
    named = source.element if isinstance(source, Alias) else source
    return source if is_tenant(named) else None


def _key(table: Any) -> Any:
    """A table or an alias is itself under any annotation: that leaves names and hashes alone."""
    return table.name if isinstance(table, Table) else hash(table)


def _name(table: Any) -> str:
    named: Any = table.element if isinstance(table, Alias) else table
    return str(named.name)


def _closed(scope: Any, parts: list[Any], ours: Ours) -> set[Any]:
    """The keys of the tables that this scope restricts to the company."""
    closed = _mapped(scope, parts)
    links = []
    for condition, judged in _conditions(scope, parts):
        if not isinstance(condition, BinaryExpression) or condition.operator is not eq:
            continue
        sides = condition.left, condition.right
        for here, there in (sides, sides[::-1]):
            table = _company_of(here)
            if table is None or judged not in (None, table):
                continue
            if isinstance(there, BindParameter):
                closed |= {table} if ours(there) else set()
            else:
                links.append((table, _company_of(there)))
    for _ in links:  # as often as the longest chain of tables can need
        closed |= {table for table, other in links if other in closed}
    return closed


def _mapped(scope: Any, parts: list[Any]) -> set[Any]:
    """The keys of the tables to which the ORM adds the company's criterion in this scope."""
    if scope._propagate_attrs.get("compile_state_plugin") != "orm" or isinstance(scope, Insert):
        return set()
    if isinstance(scope, UpdateBase):
        return {_key(scope.table)}
    entities = [part._annotations.get("parententity") for part in parts]
    return {_key(entity.selectable) for entity in entities if entity is not None}


def _conditions(scope: Any, parts: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each condition that always holds, and the one table it restricts (None: any).

    An ON clause is only trusted about the table it joins, and never in a full join.
    """
    for clause in getattr(scope, "_where_criteria", ()):
        yield from ((each, None) for each in _conjuncts(clause))
    joins = [(part.right, part.onclause, part.full) for part in parts if isinstance(part, Join)]
    joins += [(right, on, how["full"]) for right, on, _, how in getattr(scope, "_setup_joins", ())]
    for right, on, full in joins:
        if on is not None and not full:
            yield from ((each, _key(right)) for each in _conjuncts(on))


def _conjuncts(clause: Any) -> Iterator[Any]:
    if isinstance(clause, Grouping):
        yield from _conjuncts(clause.element)
    elif isinstance(clause, BooleanClauseList) and clause.operator is and_:
        for part in clause.clauses:
            yield from _conjuncts(part)
    else:
        yield clause


def _company_of(side: Any) -> Any:
    """The key of the tenant table whose `company_id` this is; None for anything else."""
    table = _table_of(side) if getattr(side, "key", None) == "company_id" else None
    return None if table is None else _key(table)
