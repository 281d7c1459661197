"""The rules of stamps: pure functions of values, each raising the refusal it stands for.

The order of refusals is the contract's: program-inactive, card-blocked, not-enabled,
cooldown, daily-cap.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ....errors import Forbidden, Invalid, Refusal
from ..ledger.checks import must_be_usable, must_have_stamps, must_run, rewards_ready
from ..ledger.decision import Decision, LockedCard, Setting, StampClock
from ..programs.rules import Rules

UNDO_MINUTES = 10
MOST_AT_ONCE = 100
_MOST_COUNTED = 32_767  # what the column holds; far above any cap


class Cooldown(Refusal):
    code = "cooldown"
    title = "Not yet"


class DailyCap(Refusal):
    code = "daily-cap"
    title = "Enough for today"


class AlreadyVoided(Refusal):
    code = "already-voided"
    title = "Taken back already"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """The line to be taken back, as it stands while its card is locked."""

    id: int
    sequence: int
    type: str
    stamps: int
    staff_id: int | None
    occurred_at: datetime
    business_day: date
    reversed: bool


def stamps_for(card: LockedCard, quantity: int, where: Setting, reference: str | None) -> Decision:
    """Adding stamps: the decision, or the refusal with its figures."""
    rules = where.rules
    if not 1 <= quantity <= MOST_AT_ONCE:
        raise Invalid({"quantity": f"got {quantity}, expected 1 to {MOST_AT_ONCE}"})
    must_run(where)
    must_be_usable(card)
    must_have_stamps(rules)
    _must_have_cooled_down(card, rules, where.now)
    count = _given_on(card, where.day)
    _must_fit_the_day(count, quantity, rules)
    after = card.stamps_balance + quantity
    steps = [
        {
            "code": "stamps-given",
            "quantity": quantity,
            "vendor": where.vendor.name if where.vendor else "",
        },
        {
            "code": "stamps-counted",
            "before": card.stamps_balance,
            "after": after,
            "target": rules.stamps_target,
        },
    ]
    if rules.max_daily_stamps is not None:
        steps.append(
            {"code": "day-counted", "count": count + quantity, "cap": rules.max_daily_stamps}
        )
    if after >= rules.stamps_target:
        ready = rewards_ready(after, rules.stamps_target)
        steps.append({"code": "reward-ready", "reward": rules.stamps_reward_name, "ready": ready})
    return Decision(
        type="stamps_added",
        event="stamp.added",
        steps=tuple(steps),
        stamps=quantity,
        stamp_clock=_counted(card, where.day, quantity, last_stamp_at=where.now),
        active_at=where.now,
        reference=reference,
    )


def next_stamp_at(last_stamp_at: datetime | None, rules: Rules) -> datetime | None:
    """When the cooldown ends. A clock set back makes the wait longer, never shorter."""
    if last_stamp_at is None or rules.cooldown_minutes == 0:
        return None
    return last_stamp_at + timedelta(minutes=rules.cooldown_minutes)


def _must_have_cooled_down(card: LockedCard, rules: Rules, now: datetime) -> None:
    free = next_stamp_at(card.last_stamp_at, rules)
    if free and now < free:
        wait = math.ceil((free - now).total_seconds())
        raise Cooldown(
            f"Next stamp in {wait // 60} min {wait % 60:02d} s.",
            retry_after_seconds=wait,
            cooldown_minutes=rules.cooldown_minutes,
            stamps_balance=card.stamps_balance,
            stamps_target=rules.stamps_target,
        )


def _given_on(card: LockedCard, day: date) -> int:
    """Stamps of this day on the card. It remembers its latest day and that day's eve, which is
    as far apart as two shops can be; a clock set back further counts as the eve, so that no
    day is ever opened twice."""
    if card.stamp_day is None or day > card.stamp_day:
        return 0
    return card.stamp_day_count if day == card.stamp_day else card.stamp_eve_count


def _counted(
    card: LockedCard, day: date, change: int, *, last_stamp_at: datetime | None
) -> StampClock:
    """The card's memory after `change` more (or fewer) stamps of this day."""
    count = min(max(0, _given_on(card, day) + change), _MOST_COUNTED)
    if card.stamp_day is None or day > card.stamp_day:
        eve = card.stamp_day_count if card.stamp_day == day - timedelta(days=1) else 0
        return StampClock(last_stamp_at, day, count, eve)
    if day == card.stamp_day:
        return StampClock(last_stamp_at, day, count, card.stamp_eve_count)
    return StampClock(last_stamp_at, card.stamp_day, card.stamp_day_count, count)


def _must_fit_the_day(count: int, quantity: int, rules: Rules) -> None:
    cap = rules.max_daily_stamps
    if cap is not None and count + quantity > cap:
        raise DailyCap(
            f"{count} of {cap} stamps were given today; {quantity} more do not fit.",
            given_today=count,
            max_daily_stamps=cap,
            available=max(0, cap - count),
            requested=quantity,
        )


def undo_of(card: LockedCard, line: LineFacts, where: Setting, *, staff_id: int | None) -> Decision:
    """Taking a stamp back: the same person, within ten minutes. The day's place is free again,
    the cooldown stays."""
    _must_be_undoable(line, where.now, staff_id)
    count = max(0, _given_on(card, line.business_day) - line.stamps)
    after = card.stamps_balance - line.stamps
    return Decision(
        type="voided",
        event="transaction.voided",
        steps=(
            {"code": "stamps-undone", "quantity": line.stamps, "sequence": line.sequence},
            {
                "code": "stamps-counted",
                "before": card.stamps_balance,
                "after": after,
                "target": where.rules.stamps_target,
            },
            {"code": "day-given-back", "count": count},
        ),
        stamps=-line.stamps,
        stamp_clock=_counted(
            card, line.business_day, -line.stamps, last_stamp_at=card.last_stamp_at
        ),
        reverses_id=line.id,
        reversal_part=1,
    )


def undoable(line: LineFacts, *, staff_id: int | None, now: datetime) -> bool:
    """Whether this person could take this line back now: for pages that offer it."""
    try:
        _must_be_undoable(line, now, staff_id)
    except Refusal:
        return False
    return True


def _must_be_undoable(line: LineFacts, now: datetime, staff_id: int | None) -> None:
    if line.reversed:
        raise AlreadyVoided("This stamp was taken back already.", sequence=line.sequence)
    if line.type != "stamps_added" or line.staff_id is None or line.staff_id != staff_id:
        raise Forbidden("Only the person who gave the stamp can undo it.")
    if now - line.occurred_at > timedelta(minutes=UNDO_MINUTES):
        raise Forbidden(f"Undo is possible for {UNDO_MINUTES} minutes.", undo_minutes=UNDO_MINUTES)


def welcome_for(card: LockedCard, where: Setting) -> Decision | None:
    """The welcome bonus at enrolment, or None where there is none to give."""
    points = where.rules.welcome_bonus_points
    if not where.rules.points or not points or where.rules.welcome_bonus_when != "enrolment":
        return None
    return Decision(
        type="welcome_bonus",
        event="points.earned",
        steps=({"code": "welcome-bonus", "points": points},),
        points=points,
        lifetime=points,
        active_at=where.now,
    )
