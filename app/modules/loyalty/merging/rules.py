"""What the surviving card remembers: the stricter of both, so that merging opens no waiting time,
no daily cap, no second birthday and no second welcome. Pure."""

from datetime import timedelta

from ..ledger.decision import LockedCard, Memory, StampClock

_MOST_COUNTED = 32_767  # what the column holds


def memory_of(source: LockedCard, target: LockedCard) -> Memory:
    """Purchases add up; a number that either card had reached is reached."""
    years = [year for year in (source.birthday_year, target.birthday_year) if year]
    both_wait = source.welcome_due and target.welcome_due
    return Memory(
        purchases=source.purchases + target.purchases,
        purchases_peak=source.purchases_peak + target.purchases_peak,
        birthday_year=max(years, default=None),
        welcome_due=target.welcome_due if both_wait else None,
    )


def clock_of(source: LockedCard, target: LockedCard) -> StampClock:
    """The later stamp; stamps of the same day, and of its eve, together."""
    stamped = [at for at in (source.last_stamp_at, target.last_stamp_at) if at]
    days = [day for day in (source.stamp_day, target.stamp_day) if day]
    day = max(days, default=None)
    count = eve = 0
    for card in (source, target):
        if day and card.stamp_day == day:
            count, eve = count + card.stamp_day_count, eve + card.stamp_eve_count
        elif day and card.stamp_day == day - timedelta(days=1):
            eve += card.stamp_day_count
    return StampClock(
        last_stamp_at=max(stamped, default=None),
        stamp_day=day,
        stamp_day_count=min(count, _MOST_COUNTED),
        stamp_eve_count=min(eve, _MOST_COUNTED),
    )
