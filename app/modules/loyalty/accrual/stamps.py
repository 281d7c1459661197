"""The rules of stamps: pure functions of values, each raising the refusal it stands for.

The order of refusals is the contract's: program-inactive, card-blocked, not-enabled,
cooldown, daily-cap.
"""

import math
from datetime import date, datetime, timedelta

from ....errors import Invalid, Refusal
from ..ledger.checks import must_be_usable, must_have_stamps, must_run, rewards_ready
from ..ledger.decision import Decision, LockedCard, Setting, StampClock, Step
from ..programs.rules import Rules

MOST_AT_ONCE = 100
_MOST_COUNTED = 32_767  # what the column holds; far above any cap


class Cooldown(Refusal):
    code = "cooldown"
    title = "Not yet"
    remedy = "Wait retry_after_seconds, then send it again."


class DailyCap(Refusal):
    code = "daily-cap"
    title = "Enough for today"
    remedy = "Send available stamps or fewer, or wait for the next business day."


def stamps_for(card: LockedCard, quantity: int, where: Setting, reference: str | None) -> Decision:
    """Adding stamps: the decision, or the refusal with its figures."""
    if not 1 <= quantity <= MOST_AT_ONCE:
        raise Invalid({"quantity": f"got {quantity}, expected 1 to {MOST_AT_ONCE}"})
    must_run(where)
    must_be_usable(card)
    must_have_stamps(where.rules)
    steps, clock = added(card, quantity, where)
    return Decision(
        type="stamps_added",
        event="stamp.added",
        steps=steps,
        stamps=quantity,
        stamp_clock=clock,
        active_at=where.now,
        reference=reference,
        events=became_ready(card, quantity, where.rules),
    )


def added(card: LockedCard, quantity: int, where: Setting) -> tuple[tuple[Step, ...], StampClock]:
    """The steps of adding stamps and the card's new clock; raises `Cooldown` and `DailyCap`."""
    rules = where.rules
    _must_have_cooled_down(card, rules, where.now)
    count = _given_on(card, where.day)
    _must_fit_the_day(count, quantity, rules)
    shop = where.vendor.name if where.vendor else ""
    steps: list[Step] = [
        {"code": "stamps-given", "quantity": quantity, "vendor": shop},
        counted(card, quantity, rules),
    ]
    if rules.max_daily_stamps is not None:
        steps.append(
            {"code": "day-counted", "count": count + quantity, "cap": rules.max_daily_stamps}
        )
    after = card.stamps_balance + quantity
    if after >= rules.stamps_target:
        ready = rewards_ready(after, rules.stamps_target)
        steps.append({"code": "reward-ready", "reward": rules.stamps_reward_name, "ready": ready})
    return tuple(steps), _counted(card, where.day, quantity, last_stamp_at=where.now)


def counted(card: LockedCard, change: int, rules: Rules) -> Step:
    """What the change makes of the card's stamps."""
    before = card.stamps_balance
    return {
        "code": "stamps-counted",
        "before": before,
        "after": before + change,
        "target": rules.stamps_target,
    }


def became_ready(card: LockedCard, change: int, rules: Rules) -> tuple[str, ...]:
    """The event of a reward that waits now and did not before."""
    before = rewards_ready(card.stamps_balance, rules.stamps_target)
    after = rewards_ready(card.stamps_balance + change, rules.stamps_target)
    return ("reward.ready",) if after > before else ()


def place_given_back(
    card: LockedCard, day: date, quantity: int
) -> tuple[tuple[Step, ...], StampClock | None]:
    """Stamps of that day no longer count for it; the cooldown stays. Of a day that the card
    remembers no more there is nothing to give back."""
    if card.stamp_day is None or day < card.stamp_day - timedelta(days=1):
        return (), None
    count = max(0, _given_on(card, day) - quantity)
    clock = _counted(card, day, -quantity, last_stamp_at=card.last_stamp_at)
    return ({"code": "day-given-back", "count": count},), clock


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
