"""A bonus as it is kept and as it travels: its conditions, only those that are set."""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any

from .models import ProgramBonus
from .rules import Bonus

MOST_BONUSES = 50
_MOST = 1_000_000
_GIVES = ("name", "percent_bp", "points")
_NOTHING = Bonus("")
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


def as_conditions(bonus: Bonus) -> dict[str, Any]:
    """The conditions that are set, as JSON values."""
    conditions: dict[str, Any] = {}
    for field in fields(Bonus):
        value = getattr(bonus, field.name)
        if field.name not in _GIVES and value != getattr(_NOTHING, field.name):
            conditions[field.name] = _plain(value)
    return conditions


def of_values(values: dict[str, Any]) -> Bonus:
    """A bonus from JSON values: what it gives, and its conditions by name."""
    days = {name: _day(values.get(name)) for name in ("starts_on", "ends_on")}
    several = {
        name: tuple(values.get(name) or ()) for name in ("weekdays", "vendors", "categories")
    }
    return Bonus(**{**values, **days, **several})


def as_values(bonus: Bonus) -> dict[str, Any]:
    """A bonus as JSON values: what `of_values` makes it of again."""
    gives = {"name": bonus.name, "percent_bp": bonus.percent_bp, "points": bonus.points}
    return gives | as_conditions(bonus)


def bonus_of(row: ProgramBonus) -> Bonus:
    """A bonus as a revision keeps it."""
    gives = {"name": row.name, "percent_bp": row.percent_bp, "points": row.points}
    return of_values(gives | row.conditions)


def fault_of(bonus: Bonus, is_line: Callable[[Any], str]) -> str:
    """What a bonus should have had instead, in words, or nothing where it is good. `is_line`
    judges one line of text."""
    hours = (bonus.from_time, bonus.until_time)
    named = (*bonus.vendors, *bonus.categories)
    backwards = bonus.starts_on and bonus.ends_on and bonus.ends_on < bonus.starts_on
    faults = {
        "a name of 1 to 80 characters": bool(is_line(bonus.name)),
        "either a percentage or a number of points": bool(bonus.percent_bp) == bool(bonus.points),
        "at most 1,000,000 points or basis points": not (
            0 <= bonus.percent_bp <= _MOST and 0 <= bonus.points <= _MOST
        ),
        "every 2nd to every 1,000th purchase": bonus.every is not None
        and not 2 <= bonus.every <= 1_000,
        "weekdays from 1, Monday, to 7, Sunday": not set(bonus.weekdays) <= set(range(1, 8)),
        "two different hours such as 08:00 and 11:00, or none": any(hours)
        and not (hours[0] != hours[1] and all(_TIME.fullmatch(str(hour)) for hour in hours)),
        "an end that is not before the start": bool(backwards),
        "at most 200 shops and categories, each by its name": len(named) > 200
        or any(map(is_line, named)),
    }
    return next((expected for expected, wrong in faults.items() if wrong), "")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
