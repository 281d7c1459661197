"""Pages of a list begin at a key, not at a number of rows, so that the deepest costs as the
first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, the newest first, and the keys by which the next page either way is asked for.

    `beyond` says that this page lies behind the list's end: there are rows, but not here.
    """

    rows: list[Row]
    newer: int | None = None
    older: int | None = None
    beyond: bool = False


def number_asked(name: str) -> int | None:
    """A key in the URL; nonsense reads as none."""
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else None


def page_of(
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    size: int,
    *,
    read: Callable[[Select[*tuple[Any, ...]]], list[Row]],
    key_of: Callable[[Row], int],
) -> Page[Row]:
    """The rows below `?before=` a key or above `?after=` one, or the newest of all."""
    before, after = number_asked("before"), number_asked("after")
    backwards = after is not None and before is None
    if backwards:
        query = query.where(key > after).order_by(key)
    else:
        query = query.order_by(key.desc())
        query = query.where(key < before) if before is not None else query
    rows = read(query.limit(size + 1))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], beyond=backwards or before is not None)
    newer, older = key_of(rows[0]), key_of(rows[-1])
    if backwards:
        return Page(rows, newer if more else None, older)
    return Page(rows, newer if before is not None else None, older if more else None)
