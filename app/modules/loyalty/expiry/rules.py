"""Which of a card's points expire today, and of which a notice is due. Pure.

A lot goes on the later of its own day and the day after a refilled one is kept, and while
notices are on never without one: what was not announced yet is announced first, and goes the
last notice's days later at the soonest.

Who buys every day has something that expires every day, and is not told so every day: a card's
notices are gathered, a week's in one letter (`spacing`). A letter also gives the notices of the
days that follow, ahead of their time; then there is none until those days are over, unless a lot
would go later for want of its first one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from ..programs.expiry import INACTIVITY, NEVER, Policy

ONE_DAY = timedelta(days=1)
LONGEST_SPACING = 7


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
    noticed_on: date | None
    granted_on: date
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


@dataclass(frozen=True, slots=True)
class Coming:
    """A lot that expires one day: `due` is the day that it may go at the soonest, `day` the one
    it goes if it is announced today, `moments` those of its notices, `since` when this began."""

    lot: Lot
    due: date
    day: date
    given: int
    moments: tuple[date, ...]
    since: date

    def reached(self, by: date) -> int:
        """How many notices were to be given by then."""
        return sum(moment <= by for moment in self.moments)

    def wants_a_letter(self, today: date, rested: int, spaced: int) -> bool:
        """Whether a notice is due, and the card's last letter long enough ago (`rested` days).

        Of moments that were over before the lot was there only the last one counts.
        """
        new = self.moments[self.given : self.reached(today)]
        if not any(moment > self.since or moment == self.moments[-1] for moment in new):
            return False
        ahead = self.day - self.moments[-1]
        late = today - (self.due - ahead)
        if self.given or late < timedelta(0):
            return rested >= spaced
        return not late or rested >= min(spaced, ahead.days)


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
    expired, coming = [], []
    for lot in lots:
        due = due_on(lot, policy, idle_since)
        if due is None:
            continue
        day, given = _foreseen(lot, due, notice_days, today)
        if day <= today:
            expired.append(lot)
            continue
        moments = tuple(day - timedelta(days=ahead) for ahead in _in_order(notice_days))
        silent = policy["policy"] == INACTIVITY
        since = max(lot.granted_on, idle_since) if silent else lot.granted_on
        coming.append(Coming(lot, due, day, given, moments, since))
    told = _told([lot.noticed_on for lot in lots], coming, notice_days, today)
    noticed = tuple(
        replace(one.lot, noticed=count, noticed_for=one.day, noticed_on=today)
        for one, count in told
    )
    announce: dict[date, int] = {}
    for one, _count in told:
        announce[one.day] = announce.get(one.day, 0) + one.lot.remaining
    return Judgement(tuple(expired), noticed, tuple(sorted(announce.items())))


def _told(
    letters: Sequence[date | None], coming: list[Coming], notice_days: list[int], today: date
) -> list[tuple[Coming, int]]:
    """The lots that today's letter tells of, each with its notices given by then; none where no
    letter goes out. `letters` are the days of earlier ones."""
    spaced = spacing(notice_days)
    rested = (today - max((day for day in letters if day), default=date.min)).days
    if not any(one.wants_a_letter(today, rested, spaced) for one in coming):
        return []
    by = today + timedelta(days=spaced - 1)
    return [(one, count) for one in coming if (count := one.reached(by)) > one.given]


def spacing(notice_days: list[int]) -> int:
    """Days between two letters of a card: a week, or less where two notices of one lot are
    nearer to each other."""
    gaps = [later - sooner for later, sooner in pairwise(_in_order(notice_days))]
    return min([LONGEST_SPACING, *gaps])


def _in_order(notice_days: list[int]) -> list[int]:
    """The first notice first."""
    return sorted(set(notice_days), reverse=True)


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
