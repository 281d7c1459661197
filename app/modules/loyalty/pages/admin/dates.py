"""Days and moments in the company's language."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime

from ..... import clock
from .....web import locale


def day(value: date, pattern: str = "d MMM y") -> str:
    """`16 Nov 2026`"""
    return format_date(value, pattern, locale=locale())


def moment(value: datetime, zone: str) -> str:
    """`16 Nov 2026, 14:32`, as a clock in that zone showed it."""
    return format_datetime(
        value.astimezone(clock.zone(zone)),
        "d MMM y, HH:mm",
        tzinfo=clock.zone(zone),
        locale=locale(),
    )
