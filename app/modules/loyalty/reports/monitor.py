"""The monitor (A10): what moved the points, day by day, from one balance to the next."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta

from . import rollups
from .sums import Figures

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day's figures, and all balances together when it ended (debts are less than nothing)."""

    day: date
    figures: Figures
    balance: int


@dataclass(frozen=True, slots=True)
class Monitor:
    """Days in a row, and what they come to. `opening` and `closing` are the sums of all lines
    before them and to their end; of one shop, of that shop's lines."""

    first: date
    last: date
    opening: int
    closing: int
    total: Figures
    days: tuple[Day, ...]


def monitor(first: date, last: date, *, vendor_id: int = rollups.ANY_SHOP) -> Monitor:
    """The acting company's points from `first` to `last`, in two statements."""
    opening = rollups.in_all(first - ONE_DAY, vendor_id=vendor_id).moved
    by_day = rollups.by_day(first, last, vendor_id=vendor_id)
    days = tuple(_in_a_row(first, last, opening, by_day))
    return Monitor(first, last, opening, days[-1].balance, _together(by_day.values()), days)


def _in_a_row(first: date, last: date, balance: int, by_day: dict[date, Figures]) -> Iterator[Day]:
    for n in range((last - first).days + 1):
        day = first + n * ONE_DAY
        figures = by_day.get(day, Figures())
        balance += figures.moved
        yield Day(day, figures, balance)


def _together(days: Collection[Figures]) -> Figures:
    return Figures(**{f.name: sum(getattr(day, f.name) for day in days) for f in fields(Figures)})
