"""Which of a card's points expire today, and of which a notice is due. Pure.

A lot goes on the later of its own day and the day after a refilled one is kept, and while
notices are on never without one: what was not announced yet is announced first, and goes the
last notice's days later at the soonest.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..programs.expiry import INACTIVITY, NEVER, Policy

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lot:
    """An open lot as the job reads it while its card is locked."""

    id: int
    remaining: int
    expired: int
    expires_on: date | None
    keep_until: date | None
    noticed: int
    noticed_for: date | None
    moved: bool = False  # whether a later policy promises another day than is kept with it


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a card's open lots today: those that expire, those whose notice is now
    counted (as they stand afterwards), and what to announce: points by the day they expire."""

    expired: tuple[Lot, ...] = ()
    noticed: tuple[Lot, ...] = ()
    announce: tuple[tuple[date, int], ...] = ()

    @property
    def points(self) -> int:
        """Points that expire today."""
        return sum(lot.remaining for lot in self.expired)


def judge(
    lots: list[Lot],
    *,
    policy: Policy,
    notice_days: list[int],
    today: date,
    idle_since: date,
) -> Judgement:
    """`idle_since` is the day of the card's last activity, or of the inactivity policy's
    publication where that is later."""
    expired, noticed = [], []
    announce: dict[date, int] = {}
    for lot in lots:
        due = due_on(lot, policy, idle_since)
        if due is None:
            continue
        day, given = _foreseen(lot, due, notice_days, today)
        reached = sum(day - timedelta(days=ahead) <= today for ahead in set(notice_days))
        if day <= today:
            expired.append(lot)
        elif reached > given:
            noticed.append(replace(lot, noticed=reached, noticed_for=day))
            announce[day] = announce.get(day, 0) + lot.remaining
    return Judgement(tuple(expired), tuple(noticed), tuple(sorted(announce.items())))


def due_on(lot: Lot, policy: Policy, idle_since: date) -> date | None:
    """The day at whose start the lot may expire; None where nothing makes it.

    A lot that was granted a day of its own keeps it under inactivity too.
    """
    if policy["policy"] == NEVER:
        return None
    day = lot.expires_on
    if policy["policy"] == INACTIVITY:
        day = max(idle_since + timedelta(days=policy["days"]), day or date.min)
    if day is None or lot.keep_until is None:
        return day
    return max(day, lot.keep_until + ONE_DAY)


def shown_on(lot: Lot, due: date, notice_days: list[int], today: date) -> date:
    """The day that the customer is told: the soonest on which the job will let it go."""
    return max(today, _foreseen(lot, due, notice_days, today)[0])


def _foreseen(lot: Lot, due: date, notice_days: list[int], today: date) -> tuple[date, int]:
    """The day on which the lot goes, if it is announced today at the latest, and how many notices
    were given of it."""
    if not notice_days:
        return due, 0
    if lot.noticed_for is not None and lot.noticed_for >= due:
        return lot.noticed_for, lot.noticed
    return max(due, today + timedelta(days=min(notice_days))), 0
