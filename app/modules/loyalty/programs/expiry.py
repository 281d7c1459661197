"""When points expire, by the policy they were granted under. Pure.

`age` counts calendar months from the day of the grant, to the month's end where the month is
shorter; `yearly` is the next such day strictly after it. Under `never` and `inactivity` a grant
has no day of its own.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import Any

Policy = dict[str, Any]
NEVER, INACTIVITY, AGE, YEARLY = "never", "inactivity", "age", "yearly"


def expires_on(policy: Policy, granted_on: date) -> date | None:
    """The day at whose start a grant expires; None where it has no day of its own."""
    if policy["policy"] == AGE:
        return months_after(granted_on, policy["months"])
    if policy["policy"] == YEARLY:
        return next_day(policy["month_day"], granted_on)
    return None


def promised(policies: Iterable[Policy], granted_on: date) -> date | None:
    """The latest day of all policies that were in force since a grant: a new policy never
    shortens what was granted. None where one of them gave it no end."""
    days = [expires_on(policy, granted_on) for policy in policies]
    return None if None in days else max(day for day in days if day)


def months_after(day: date, months: int) -> date:
    """31 January and one month are 28 February, or the 29th."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def next_day(month_day: str, after: date) -> date:
    """The next `MM-DD` strictly after a day; the 29th of February is the 28th in other years."""
    month, day = map(int, month_day.split("-"))
    this = _in_year(after.year, month, day)
    return this if this > after else _in_year(after.year + 1, month, day)


def last_day(month_day: str, until: date) -> date:
    """The last `MM-DD` up to a day, that day included."""
    month, day = map(int, month_day.split("-"))
    this = _in_year(until.year, month, day)
    return this if this <= until else _in_year(until.year - 1, month, day)


def _in_year(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
