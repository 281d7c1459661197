"""What surrounds a sale besides its amount, and which bonuses it meets. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from .... import clock
from ..ledger.decision import LockedCard, Setting
from ..programs.rules import Bonus


@dataclass(frozen=True, slots=True)
class Occasion:
    """The shop's day and hour (`HH:MM`), whether the customer's birthday is still to be rewarded
    this year, and the number of this purchase on the card.

    `new` is False for a number that the card had reached before and lost by a return: what comes
    with it was given then.
    """

    day: date
    time: str
    vendor: str | None
    birthday: bool
    purchase: int
    new: bool


def occasion(card: LockedCard, where: Setting) -> Occasion:
    """The occasion of the card's next purchase, here and now."""
    zone = where.vendor.timezone if where.vendor else "UTC"
    birthday = where.birthday is not None and is_birthday(where.birthday, where.day)
    number = card.purchases + 1
    return Occasion(
        day=where.day,
        time=where.now.astimezone(clock.zone(zone)).strftime("%H:%M"),
        vendor=where.vendor.slug if where.vendor else None,
        birthday=birthday and card.birthday_year != where.day.year,
        purchase=number,
        new=number > card.purchases_peak,
    )


def is_birthday(born: date, day: date) -> bool:
    """Whether `day` is the birthday; of the 29th of February it is the 28th in other years."""
    if (born.month, born.day) == (2, 29) and (day.month, day.day) == (2, 28):
        return (day + timedelta(days=1)).day == 1
    return (born.month, born.day) == (day.month, day.day)


def holds(bonus: Bonus, on: Occasion) -> bool:
    """Whether every condition of the bonus holds, but for categories, which are the lines'."""
    return (
        (on.birthday or not bonus.birthday)
        and ((on.purchase == 1 and on.new) or not bonus.first_visit)
        and (bonus.every is None or (on.purchase % bonus.every == 0 and on.new))
        and (not bonus.weekdays or on.day.isoweekday() in bonus.weekdays)
        and _within_hours(bonus, on.time)
        and (bonus.starts_on is None or bonus.starts_on <= on.day)
        and (bonus.ends_on is None or on.day <= bonus.ends_on)
        and (not bonus.vendors or on.vendor in bonus.vendors)
    )


def _within_hours(bonus: Bonus, time: str) -> bool:
    """`HH:MM` compares as text does; hours that pass midnight are two ends of one day."""
    begins, ends = bonus.from_time, bonus.until_time
    if begins is None or ends is None:
        return True
    if begins < ends:
        return begins <= time < ends
    return time >= begins or time < ends
