"""Which of a card's points expire today, and of which a notice is due. Pure.

A lot goes on the later of its own day and the day after a refilled one is kept, and while
notices are on never without one: what was not announced for that day is announced now and
goes the last notice's days later.
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
    stages = sorted(set(notice_days), reverse=True)
    expired, noticed = [], []
    announce: dict[date, int] = {}
    for lot in lots:
        due = due_on(lot, policy, idle_since)
        if due is None:
            continue
        if _has_come(lot, due, today, told=bool(stages)):
            expired.append(lot)
        elif stages and (counted := _counted(lot, due, stages, today)):
            noticed.append(counted)
            day = counted.noticed_for or due
            announce[day] = announce.get(day, 0) + lot.remaining
    return Judgement(tuple(expired), tuple(noticed), tuple(sorted(announce.items())))


def due_on(lot: Lot, policy: Policy, idle_since: date) -> date | None:
    """The day at whose start the lot may expire; None where nothing makes it."""
    if policy["policy"] == NEVER:
        return None
    if policy["policy"] == INACTIVITY:
        day: date | None = idle_since + timedelta(days=policy["days"])
    else:
        day = lot.expires_on
    if day is None or lot.keep_until is None:
        return day
    return max(day, lot.keep_until + ONE_DAY)


def shown_on(lot: Lot, due: date, *, told: bool) -> date:
    """The day to tell a customer: later than it is due where the notice came late."""
    return max(due, lot.noticed_for) if told and lot.noticed_for else due


def _has_come(lot: Lot, due: date, today: date, *, told: bool) -> bool:
    if not told:
        return due <= today
    return lot.noticed_for is not None and due <= lot.noticed_for <= today


def _counted(lot: Lot, due: date, stages: list[int], today: date) -> Lot | None:
    """The lot after a notice that is due now, or None. `stages` are days ahead, the most first."""
    if lot.noticed_for is not None and lot.noticed_for > today and lot.noticed_for >= due:
        due = lot.noticed_for  # announced late once: that is the day which was told
    given = lot.noticed if lot.noticed_for == due else 0
    if due <= today:
        return replace(lot, noticed=len(stages), noticed_for=today + timedelta(days=stages[-1]))
    reached = sum(due - timedelta(days=ahead) <= today for ahead in stages)
    return replace(lot, noticed=reached, noticed_for=due) if reached > given else None
