"""One key, one effect. Each row that a statement answers is a breach."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, func, select

from .....idempotency import IdempotencyRecord
from ..models import LoyaltyTransaction

_line: Any = LoyaltyTransaction.__table__
_record: Any = IdempotencyRecord.__table__


def statements(company: int) -> Iterator[tuple[str, str, Any]]:
    """`(invariant, sentence, statement)`."""
    yield "keys", "line {}: {} keys claim this one effect", _keys(company)
    yield "keys", "key of {}: the line {} it wrote is missing", _lost_effects(company)


def _keys(company: int) -> Select[Any]:
    return (
        select(_record.c.transaction_id, func.count())
        .where(_record.c.company_id == company, _record.c.transaction_id.is_not(None))
        .group_by(_record.c.transaction_id)
        .having(func.count() > 1)
    )


def _lost_effects(company: int) -> Select[Any]:
    effect = and_(
        _line.c.company_id == _record.c.company_id, _line.c.id == _record.c.transaction_id
    )
    return (
        select(_record.c.caller, _record.c.transaction_id)
        .outerjoin(_line, effect)
        .where(
            _record.c.company_id == company,
            _record.c.transaction_id.is_not(None),
            _line.c.id.is_(None),
        )
    )
