"""Running a unit of work so that a race decided by a constraint is settled once."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from ..errors import Busy
from ..extensions import db

Answer = TypeVar("Answer")

_LOCK_NOT_AVAILABLE = "55P03"
_RETRYABLE = {"40001", "40P01"}  # serialisation failure, deadlock


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


def _sqlstate(fault: DBAPIError) -> str | None:
    return getattr(fault.orig, "sqlstate", None)
