"""Days, moments and numbers in the company's language."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from ..... import clock
from .....web import locale


def day(value: date, pattern: str = "d MMM y") -> str:
    """`16 Nov 2026`"""
    return format_date(value, pattern, locale=locale())


def moment(value: datetime, zone: str) -> str:
    """`16 Nov, 14:32`, as a clock in that zone showed it; with the year where that is another."""
    local = value.astimezone(clock.zone(zone))
    now = clock.now().astimezone(clock.zone(zone))
    pattern = "d MMM, HH:mm" if local.year == now.year else "d MMM y, HH:mm"
    return format_datetime(local, pattern, tzinfo=clock.zone(zone), locale=locale())


def number(value: int) -> str:
    """`3,400`"""
    return format_decimal(value, locale=locale())


def day_of_year(month_day: str) -> str:
    """`12-31` → `31 December`"""
    month, _dash, of_month = month_day.partition("-")
    return format_date(date(2000, int(month), int(of_month)), "d MMMM", locale=locale())
