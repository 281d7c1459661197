"""Which days are compared with which."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .... import clock

ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday in the company's zone, or to today while the week still runs.

    The week before is cut to the same weekdays, so that like is compared with like.
    """

    monday: date
    last: date
    zone: str
    running: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(
            self.monday + timedelta(days=n) for n in range((self.last - self.monday).days + 1)
        )

    @property
    def before(self) -> "Week":
        return Week(self.monday - ONE_WEEK, self.last - ONE_WEEK, self.zone)

    @property
    def begins(self) -> datetime:
        """The first moment of the week, where the company is."""
        return datetime.combine(self.monday, time(), clock.zone(self.zone))

    @property
    def ends(self) -> datetime:
        """The first moment after its last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), clock.zone(self.zone))


def week_of(day: date, zone: str) -> Week:
    """The week that holds `day`; days to come are left out."""
    today = clock.business_day(clock.now(), zone)
    day = min(day, today)
    monday = day - timedelta(days=day.weekday())
    sunday = monday + timedelta(days=6)
    return Week(monday, min(sunday, today), zone, running=today <= sunday)
