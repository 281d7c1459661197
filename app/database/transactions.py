"""Running hot statements, and units of work whose race a constraint decides."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from .. import tenancy
from ..errors import Busy
from ..extensions import db
from . import driver

Answer = TypeVar("Answer")

_LOCK_NOT_AVAILABLE = "55P03"
_RETRYABLE = {"40001", "40P01"}  # serialisation failure, deadlock
_GONE = ("08", "57P", "53300")  # connection broken, shutting down or starting, no room for one more


_checked: dict[int, Any] = {}  # by identity; the value keeps the statement, so ids stay unique


def hot(statement: Any, **values: Any) -> Any:
    """The one row, or None, of a constant Core SELECT of the acting company, outside the unit
    of work.

    The statement compares every tenant table with `:company_id`: the guard looks once and
    remembers it; the value is given here and nowhere else.
    """
    if id(statement) not in _checked:
        for name in tenancy.unscoped(statement, lambda bind: bind.key == "company_id"):
            raise tenancy.TenancyError(f"{name} is used without its company_id")
        _checked[id(statement)] = statement
    values["company_id"] = tenancy.company_id()
    found = driver.rows(db.session.connection(), statement, values)
    return found[0] if found else None


def once_more(work: Callable[[], Answer]) -> Answer:
    """Run `work`; where a unique key or a deadlock says that another was first, roll back and
    run it once more: it then finds what the other wrote. `work` must not have committed."""
    try:
        return work()
    except IntegrityError:
        db.session.rollback()
    except OperationalError as fault:
        db.session.rollback()
        if _sqlstate(fault) == _LOCK_NOT_AVAILABLE:
            raise Busy("The same card was busy for too long. Nothing was changed.") from fault
        if _sqlstate(fault) not in _RETRYABLE:
            raise
    return work()


def let_go() -> None:
    """Roll back, also where the database is no longer there to be told."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session.rollback()  # by now the connection is known to be dead, and nothing is sent


def on_postgresql() -> bool:
    """Whether the session speaks to PostgreSQL; else to SQLite."""
    return db.session.connection().dialect.name == "postgresql"


def is_away(fault: DBAPIError) -> bool:
    """Whether the database does not answer, or left in the middle: then a commit may have
    happened or not."""
    state = getattr(fault.orig, "sqlstate", "")
    if state == "":  # SQLite, whose faults have none
        return "unable to open database file" in str(fault.orig)
    lost = state is None and isinstance(fault, OperationalError)
    return lost or fault.connection_invalidated or str(state).startswith(_GONE)


def _sqlstate(fault: DBAPIError) -> str | None:
    return getattr(fault.orig, "sqlstate", None)
