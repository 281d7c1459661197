"""Long lists of companies, turned page by page: each begins after a company, so that what happens
meanwhile moves no row from one page to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from ..... import ids, text
from .....accounts.companies import Company

Row = TypeVar("Row")
A_PAGE = 50
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Turn(Generic[Row]):
    """One page of `total` rows, its first the `first`th; `before` and `after` are what the pages
    beside it begin after: "" is the list's beginning, None says that there is none."""

    rows: Sequence[Row]
    first: int
    total: int
    before: str | None
    after: str | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def turn(rows: Sequence[Row], company_of: Callable[[Row], Company]) -> Turn[Row]:
    """The page that `?after=` a company's id asks for; the first for one that is not there."""
    asked = ids.told(request.args.get("after", ""))
    keys = [company_of(row).id for row in rows]
    begin = keys.index(asked) + 1 if asked in keys else 0
    end, earlier = begin + A_PAGE, begin - A_PAGE
    return Turn(
        rows=rows[begin:end],
        first=begin + 1,
        total=len(rows),
        before=(str(keys[earlier - 1]) if earlier > 0 else "") if begin else None,
        after=str(keys[end - 1]) if end < len(rows) else None,
    )


def sought() -> str:
    """What `?q=` looks for."""
    return request.args.get("q", "").strip()[:_LONGEST]


def found(rows: Sequence[Row], company_of: Callable[[Row], Company]) -> list[Row]:
    """Those whose company has it in its name or address."""
    words = text.folded(sought())
    return [
        row
        for row in rows
        if words in text.folded(company_of(row).name) or words in company_of(row).slug
    ]
