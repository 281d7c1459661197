"""The daily figures: each line counted once, under its day and shop.

A line's own event says that its line is not counted yet. Folding adds a batch of such lines to
the figures and takes the mark away, in one transaction; reading adds those that still have it, in
one statement. So what is read always equals the ledger, whether all, some or none of it is folded.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    func,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from .... import jobs, tenancy
from ....database import on_postgresql
from ....extensions import db
from ....outbox import OutboxEvent
from ..ledger import LoyaltyTransaction
from ..wallet import marking
from .models import NO_SHOP, DailyFigures
from .sums import SUMMED, Figures, named, sums

FOLDED_AT_ONCE = 5_000
ANY_SHOP = -1

_KEY = ("company_id", "business_day", "vendor_id")
_line, _daily = LoyaltyTransaction, DailyFigures
_event: Any = OutboxEvent.__table__
_waits = _event.c.uncounted_line_id.is_not(None)


# -- reading: of the acting company, or across companies where the operator acts ---------------


def by_day(first: date, last: date, *, vendor_id: int = ANY_SHOP) -> dict[date, Figures]:
    """The figures of each day that has a line; of one shop, or of what `NO_SHOP` did, where that
    is asked."""
    rows = _summed(("business_day",), first, last, vendor_id)
    return {day: figures for (day,), figures in rows}


def by_shop(first: date, last: date) -> dict[int | None, Figures]:
    """The figures of these days by the shop's id, None for what no shop did."""
    rows = _summed(("vendor_id",), first, last)
    return {vendor_id or None: figures for (vendor_id,), figures in rows}


def by_company(first: date, last: date) -> dict[int, Figures]:
    """The figures of these days by the company's id; needs the operator's crossing."""
    rows = _summed(("company_id",), first, last)
    return {company_id: figures for (company_id,), figures in rows}


def in_all(last: date, *, vendor_id: int = ANY_SHOP) -> Figures:
    """The figures from the first line to the end of this day: what the balances rest on."""
    return next((figures for _, figures in _summed((), None, last, vendor_id)), Figures())


def _summed(
    keys: tuple[str, ...], first: date | None, last: date, vendor_id: int = ANY_SHOP
) -> Iterator[tuple[tuple[Any, ...], Figures]]:
    counted = everything_counted(first, last, vendor_id)
    by = [counted.c[key] for key in keys]
    totals = [func.sum(counted.c[name]) for name in SUMMED]
    for row in db.session.execute(select(*by, *totals).group_by(*by)):
        if row[-1] is not None:  # without keys there is a row even where there is nothing
            yield tuple(row[: len(by)]), Figures(**named(row[len(by) :]))


def everything_counted(
    first: date | None = None, last: date | None = None, vendor_id: int = ANY_SHOP
) -> Subquery:
    """`_KEY` and `SUMMED` of what is folded and, beside it, of what is not."""
    folded = select(*(getattr(_daily, name) for name in (*_KEY, *SUMMED)))
    marks = and_(
        OutboxEvent.company_id == _line.company_id,
        OutboxEvent.uncounted_line_id == _line.id,
        OutboxEvent.uncounted_line_id.is_not(None),  # says that the marks' own index will do
    )
    uncounted = grouped().join(OutboxEvent, marks)
    parts: list[tuple[Select[Any], Any, Any]] = [
        (folded, _daily.business_day, _daily.vendor_id),
        (uncounted, _line.business_day, _shop_of_line()),
    ]
    return union_all(
        *(part.where(*_within(day, shop, first, last, vendor_id)) for part, day, shop in parts)
    ).subquery()


def _within(
    day: Any, shop: Any, first: date | None, last: date | None, vendor_id: int
) -> Iterator[ColumnElement[bool]]:
    if first:
        yield day >= first
    if last:
        yield day <= last
    if vendor_id != ANY_SHOP:
        yield shop == vendor_id


def grouped() -> Select[Any]:
    """Lines, summed by company, day and shop: `_KEY` and `SUMMED`."""
    keys = (_line.company_id, _line.business_day, _line.vendor_id)
    named_keys = (*keys[:2], _shop_of_line().label("vendor_id"))
    named_sums = (each.label(name) for name, each in zip(SUMMED, sums(), strict=True))
    return select(*named_keys, *named_sums).group_by(*keys)


def _shop_of_line() -> Any:
    return func.coalesce(_line.vendor_id, NO_SHOP)


# -- folding: across companies -----------------------------------------------------------------


@jobs.sweep
def fold() -> bool:
    """Count a batch of what is not counted yet, and commit; whether there was any.

    Any number may run at once: each takes rows that no other holds.
    """
    with tenancy.crossing():
        counted = _fold_at_once() if on_postgresql() else _fold_in_turn()
        db.session.commit()
    return counted


def count_anew(company_id: int) -> None:
    """Count every line of a company at once; needs the crossing. For a company that came as rows
    and in which nobody works meanwhile: a bulk load."""
    db.session.execute(_adding(grouped().where(_line.company_id == company_id)))


def _fold_at_once() -> bool:
    """PostgreSQL: one statement. Rows that several folds add to are taken in one order."""
    picked = _picked().with_for_update(skip_locked=True).cte("picked")
    marks = (
        update(_event)
        .where(_event.c.company_id == picked.c.company_id, _event.c.id == picked.c.id)
        .values(uncounted_line_id=None)
    )
    lines = grouped().join(picked, _is_line_of(picked))
    adding = _adding(lines.order_by(*lines.selected_columns[: len(_KEY)]))
    passes = marking.of_cards(_cards_of(picked))
    return _touched(adding.add_cte(marks.cte("marks"), passes.cte("passes")))


def _fold_in_turn() -> bool:
    """SQLite: its one writer sees the same rows in both statements."""
    picked = _picked().subquery("picked")
    if not _touched(_adding(grouped().join(picked, _is_line_of(picked)).where(_line.id > 0))):
        return False
    db.session.execute(marking.of_cards(_cards_of(picked)))
    keys = select(picked.c.company_id, picked.c.id)
    same = tuple_(_event.c.company_id, _event.c.id).in_(keys)
    db.session.execute(update(_event).where(same).values(uncounted_line_id=None))
    return True


def _picked() -> Select[Any]:
    """The oldest marks of the first companies: the order of their index."""
    columns = (_event.c.company_id, _event.c.id, _event.c.uncounted_line_id)
    order = (_event.c.company_id, _event.c.id)
    return select(*columns).where(_waits).order_by(*order).limit(FOLDED_AT_ONCE)


def _is_line_of(picked: Any) -> ColumnElement[bool]:
    return and_(_line.company_id == picked.c.company_id, _line.id == picked.c.uncounted_line_id)


def _cards_of(picked: Any) -> Select[Any, Any]:
    """The cards that these lines moved: what their passes show is no longer true."""
    return select(_line.company_id, _line.card_id).join(picked, _is_line_of(picked))


def _adding(grouped: Select[Any]) -> Any:
    """The sums, added to those of their day and shop."""
    insert: Any = postgresql.insert if on_postgresql() else sqlite.insert
    adding = insert(_daily.__table__).from_select([*_KEY, *SUMMED], grouped)
    table = _daily.__table__
    more = {name: table.c[name] + adding.excluded[name] for name in SUMMED}
    return adding.on_conflict_do_update(index_elements=list(_KEY), set_=more)


def _touched(statement: Any) -> bool:
    """Whether it found anything to add; of an INSERT that is only told where it is asked for."""
    kept = {"preserve_rowcount": True}
    answered: Any = db.session.execute(statement, execution_options=kept)
    return int(answered.rowcount) > 0
