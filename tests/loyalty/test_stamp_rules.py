"""The rules of stamps as tables: pure functions of values, no database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import clock
from app.errors import Invalid, Refusal
from app.modules.loyalty.accrual import stamps as accrual
from app.modules.loyalty.accrual.stamps import Cooldown, DailyCap
from app.modules.loyalty.accrual.welcome import welcome_due, welcome_for, welcomed
from app.modules.loyalty.cards import ACTIVE, BLOCKED
from app.modules.loyalty.ledger.checks import (
    CardBlocked,
    ProgramInactive,
    StampsNotEnabled,
    rewards_ready,
)
from app.modules.loyalty.ledger.decision import Decision, LockedCard, Setting
from app.modules.loyalty.programs.rules import HYBRID, POINTS, STAMPS, ProgramState
from app.modules.loyalty.returns.facts import Original
from app.modules.loyalty.returns.rules import AlreadyVoided, part_of, return_of_stamps
from app.modules.loyalty.rewards.rules import InsufficientStamps, stamps_reward_for
from tests.loyalty import ground
from tests.loyalty.ground import CARD, NOON, TODAY, ZONE

COUNTER = {"loyalty_type": STAMPS, "cooldown_minutes": 15, "max_daily_stamps": 5}


def at(moment: datetime = NOON, zone: str = ZONE, **rules: Any) -> Setting:
    """What surrounds the card at this moment, in a programme of stamps with its defaults."""
    return ground.at(moment, zone, **COUNTER | rules)


def stamped(card: LockedCard, decision: Decision) -> LockedCard:
    """The card after the decision."""
    return decision.applied_to(card)


def stamp(card: LockedCard, where: Setting, quantity: int = 1) -> LockedCard:
    return stamped(card, accrual.stamps_for(card, quantity, where, None))


# -- cooldown -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (timedelta(0), 900),
        (timedelta(seconds=1), 899),
        (timedelta(minutes=14, seconds=59), 1),
        (timedelta(minutes=14, seconds=59, microseconds=999_999), 1),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15, seconds=1), 0),
    ],
)
def test_C6_fourteen_fifty_nine_is_refused_with_the_seconds_left(
    after: timedelta, left: int
) -> None:
    card = stamp(CARD, at(NOON))
    if left:
        with pytest.raises(Cooldown) as refusal:
            stamp(card, at(NOON + after))
        assert refusal.value.figures["retry_after_seconds"] == left
        assert refusal.value.figures["cooldown_minutes"] == 15
    else:
        assert stamp(card, at(NOON + after)).stamps_balance == 2


def test_a_cooldown_of_zero_never_waits() -> None:
    card = stamp(CARD, at(NOON, cooldown_minutes=0))
    assert stamp(card, at(NOON, cooldown_minutes=0)).stamps_balance == 2


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=400)])
def test_a_clock_set_back_makes_the_wait_longer_never_shorter(back: timedelta) -> None:
    """It lasts until last stamp + cooldown, on the new clock."""
    card = stamp(CARD, at(NOON))
    with pytest.raises(Cooldown) as refusal:
        stamp(card, at(NOON - back))
    assert refusal.value.figures["retry_after_seconds"] == 900 + back.total_seconds()


def test_a_changed_cooldown_counts_from_the_last_stamp() -> None:
    card = stamp(CARD, at(NOON))
    with pytest.raises(Cooldown):
        stamp(card, at(NOON + timedelta(minutes=30), cooldown_minutes=60))
    assert stamp(card, at(NOON + timedelta(minutes=5), cooldown_minutes=5)).stamps_balance == 2


# -- the daily cap --------------------------------------------------------------------------------


def free(moment: datetime = NOON, **more: Any) -> Setting:
    return at(moment, **{"cooldown_minutes": 0} | more)


def test_C6_the_fifth_yes_the_sixth_no_the_next_local_day_yes() -> None:
    card = CARD
    for _ in range(5):
        card = stamp(card, free())
    with pytest.raises(DailyCap) as refusal:
        stamp(card, free())
    assert refusal.value.figures == {
        "given_today": 5,
        "max_daily_stamps": 5,
        "available": 0,
        "requested": 1,
    }
    card = stamp(card, free(NOON + timedelta(days=1)))
    assert (card.stamps_balance, card.stamp_day_count) == (6, 1)


@pytest.mark.parametrize(
    ("given", "quantity", "fits"),
    [(0, 5, True), (0, 6, False), (3, 2, True), (3, 3, False), (4, 1, True), (5, 1, False)],
)
def test_the_cap_counts_stamps_not_requests(given: int, quantity: int, fits: bool) -> None:
    card = replace(CARD, stamp_day=TODAY, stamp_day_count=given)
    if fits:
        assert stamp(card, free(), quantity).stamp_day_count == given + quantity
    else:
        with pytest.raises(DailyCap) as refusal:
            stamp(card, free(), quantity)
        assert refusal.value.figures["available"] == 5 - given


def test_no_cap_is_no_cap() -> None:
    assert stamp(CARD, free(max_daily_stamps=None), 100).stamps_balance == 100


def test_a_lowered_cap_holds_at_once() -> None:
    card = replace(CARD, stamp_day=TODAY, stamp_day_count=4)
    with pytest.raises(DailyCap) as refusal:
        stamp(card, free(max_daily_stamps=3))
    assert refusal.value.figures["available"] == 0


# -- days in their zones --------------------------------------------------------------------------

NIGHTS = [
    ("Europe/Luxembourg", date(2026, 6, 10), "an ordinary night"),
    ("Europe/Luxembourg", date(2026, 3, 29), "the night that loses an hour"),
    ("Europe/Luxembourg", date(2026, 3, 30), "the night after it"),
    ("Europe/Luxembourg", date(2026, 10, 25), "the night that has an hour twice"),
    ("Europe/Luxembourg", date(2026, 10, 26), "the night after it"),
    ("America/New_York", date(2026, 3, 8), "another zone's lost hour"),
    ("Pacific/Auckland", date(2026, 9, 27), "on the other side of the world"),
    ("Asia/Kathmandu", date(2026, 1, 1), "a quarter of an hour off, at New Year"),
    ("America/Havana", date(2026, 3, 8), "where midnight itself does not exist"),
    ("Pacific/Kiritimati", date(2024, 2, 29), "fourteen hours ahead, on a leap day"),
]


@pytest.mark.parametrize(("zone", "day", "night"), NIGHTS, ids=[each[2] for each in NIGHTS])
def test_B11_a_day_ends_at_the_shops_midnight(zone: str, day: date, night: str) -> None:
    """The last moment of the day before meets the cap, the first of this day counts anew."""
    first = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    last, eve = first - timedelta(microseconds=1), day - timedelta(days=1)
    assert clock.business_day(first, zone) == day
    assert clock.business_day(last, zone) == eve
    card = replace(CARD, stamp_day=eve, stamp_day_count=5)
    with pytest.raises(DailyCap):
        stamp(card, free(last, zone=zone))
    assert stamp(card, free(first, zone=zone)).stamp_day_count == 1


@pytest.mark.parametrize("hour", range(24))
def test_B11_the_hour_that_comes_twice_is_one_day(hour: int) -> None:
    """25 October 2026 has 25 hours in Luxembourg: five stamps fit into it, not six."""
    start = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Luxembourg")).astimezone(UTC)
    card = replace(CARD, stamp_day=date(2026, 10, 25), stamp_day_count=5)
    for moment in (start + timedelta(hours=hour), start + timedelta(hours=hour + 1)):
        assert clock.business_day(moment, "Europe/Luxembourg") == date(2026, 10, 25)
        with pytest.raises(DailyCap):
            stamp(card, free(moment))


def test_a_day_is_never_opened_twice_by_shops_on_both_sides_of_midnight() -> None:
    """It is tomorrow in Auckland already: either day has its five, in whatever order."""
    moment = datetime(2026, 6, 10, 13, 0, tzinfo=UTC)
    east, west = "Pacific/Auckland", "Europe/Luxembourg"
    card = CARD
    for zone in (west, west, *(east, west) * 3, east, east):
        card = stamp(card, free(moment, zone=zone))
    assert (card.stamp_day, card.stamp_day_count) == (date(2026, 6, 11), 5)
    assert card.stamp_eve_count == 5
    for zone in (east, west):
        with pytest.raises(DailyCap):
            stamp(card, free(moment, zone=zone))


def test_a_clock_set_back_never_opens_a_day_twice() -> None:
    card = CARD
    for _ in range(5):
        card = stamp(card, free(NOON))
    card = stamp(card, free(NOON + timedelta(days=1)))
    with pytest.raises(DailyCap):
        stamp(card, free(NOON))


# -- how many, and what comes of it ---------------------------------------------------------------


@pytest.mark.parametrize("quantity", [0, -1, -100, 101, 10**9])
def test_T3_a_negative_or_absurd_quantity_is_refused(quantity: int) -> None:
    with pytest.raises(Invalid) as refusal:
        stamp(CARD, free(max_daily_stamps=None), quantity)
    assert "quantity" in refusal.value.errors


@pytest.mark.parametrize(
    ("balance", "target", "ready"),
    [
        (0, 10, 0),
        (9, 10, 0),
        (10, 10, 1),
        (11, 10, 1),
        (19, 10, 1),
        (20, 10, 2),
        (5, 1, 5),
        (-1, 10, 0),
        (-10, 10, 0),
        (-11, 3, 0),
    ],
)
def test_rewards_ready_are_whole_targets_and_never_below_zero(
    balance: int, target: int, ready: int
) -> None:
    assert rewards_ready(balance, target) == ready


def test_T28_completing_a_card_claims_nothing_and_loses_nothing() -> None:
    card = stamp(replace(CARD, stamps_balance=8), free(), 4)
    assert card.stamps_balance == 12
    taken = stamped(card, stamps_reward_for(card, free()))
    assert taken.stamps_balance == 2
    with pytest.raises(InsufficientStamps) as refusal:
        stamps_reward_for(taken, free())
    assert refusal.value.figures == {"needed": 10, "available": 2, "missing": 8}


@pytest.mark.parametrize(
    ("balance", "target", "left"), [(10, 10, 0), (15, 10, 5), (10, 3, 7), (25, 12, 13), (1, 1, 0)]
)
def test_T28_redeeming_takes_the_target_and_keeps_the_rest(
    balance: int, target: int, left: int
) -> None:
    card = replace(CARD, stamps_balance=balance)
    assert stamped(card, stamps_reward_for(card, free(stamps_target=target))).stamps_balance == left


def test_a_changed_target_moves_readiness_at_once_and_removes_nothing() -> None:
    card = replace(CARD, stamps_balance=8)
    with pytest.raises(InsufficientStamps):
        stamps_reward_for(card, free(stamps_target=10))
    assert stamps_reward_for(card, free(stamps_target=8)).stamps == -8
    assert stamps_reward_for(card, free(stamps_target=5)).stamps == -5


def test_a_debt_of_stamps_is_repaid_before_a_reward_is_ready() -> None:
    card = stamp(replace(CARD, stamps_balance=-3), free(max_daily_stamps=None, stamps_target=5), 7)
    with pytest.raises(InsufficientStamps) as refusal:
        stamps_reward_for(card, free(stamps_target=5))
    assert refusal.value.figures["available"] == 4


def test_redeeming_leaves_cooldown_and_day_alone() -> None:
    card = stamp(replace(CARD, stamps_balance=9), at())
    taken = stamped(card, stamps_reward_for(card, at()))
    assert (taken.last_stamp_at, taken.stamp_day, taken.stamp_day_count) == (NOON, TODAY, 1)


def test_B6_a_stamp_explains_itself() -> None:
    decision = accrual.stamps_for(replace(CARD, stamps_balance=9), 1, at(), "receipt 7")
    assert [step["code"] for step in decision.steps] == [
        "stamps-given",
        "stamps-counted",
        "day-counted",
        "reward-ready",
    ]
    assert decision.steps[1] == {"code": "stamps-counted", "before": 9, "after": 10, "target": 10}
    assert decision.reference == "receipt 7"
    assert decision.active_at == NOON


# -- which refusal comes first --------------------------------------------------------------------


def test_refusals_come_in_the_contracts_order() -> None:
    """Validation, program-inactive, card-blocked, not-enabled, cooldown, daily-cap: each is heard
    when every later one would be due as well."""
    card = replace(CARD, status=BLOCKED, last_stamp_at=NOON, stamp_day=TODAY, stamp_day_count=5)
    where = replace(at(loyalty_type=POINTS), state=ProgramState(active=False))
    heard: list[type[Refusal]] = []
    for quantity, changed_card, changed_where in (
        (0, card, where),
        (1, card, where),
        (1, card, at(loyalty_type=POINTS)),
        (1, replace(card, status=ACTIVE), at(loyalty_type=POINTS)),
        (1, replace(card, status=ACTIVE), at()),
        (1, replace(card, status=ACTIVE), free()),
    ):
        with pytest.raises(Refusal) as refusal:
            accrual.stamps_for(changed_card, quantity, changed_where, None)
        heard.append(type(refusal.value))
    assert heard == [Invalid, ProgramInactive, CardBlocked, StampsNotEnabled, Cooldown, DailyCap]


@pytest.mark.parametrize(("kind", "allowed"), [(STAMPS, True), (HYBRID, True), (POINTS, False)])
def test_C4_only_a_programme_with_stamps_gives_stamps(kind: str, allowed: bool) -> None:
    full = replace(CARD, stamps_balance=10)
    if allowed:
        assert accrual.stamps_for(CARD, 1, at(loyalty_type=kind), None).stamps == 1
        assert stamps_reward_for(full, at(loyalty_type=kind)).stamps == -10
    else:
        for verb in (
            lambda: accrual.stamps_for(CARD, 1, at(loyalty_type=kind), None),
            lambda: stamps_reward_for(full, at(loyalty_type=kind)),
        ):
            with pytest.raises(StampsNotEnabled):
                verb()


@pytest.mark.parametrize(
    ("until", "redeems"),
    [
        (None, False),
        (TODAY - timedelta(days=1), False),
        (TODAY, True),
        (TODAY + timedelta(days=1), True),
    ],
)
def test_C14_T27_a_stopped_programme_gives_nothing_and_redeems_until_the_stated_day(
    until: date | None, redeems: bool
) -> None:
    where = replace(at(), state=ProgramState(active=False, redeemable_until=until))
    with pytest.raises(ProgramInactive):
        accrual.stamps_for(CARD, 1, where, None)
    card = replace(CARD, stamps_balance=10)
    if redeems:
        assert stamps_reward_for(card, where).stamps == -10
    else:
        with pytest.raises(ProgramInactive):
            stamps_reward_for(card, where)


# -- taking a stamp back --------------------------------------------------------------------------

LINE = Original(
    id=7,
    card_id=1,
    sequence=3,
    type="stamps_added",
    points=0,
    stamps=2,
    amount_minor=None,
    reward_id=None,
    vendor_id=1,
    staff_id=5,
    revision_id=1,
    steps=(),
    occurred_at=NOON,
    business_day=TODAY,
    parts=0,
    taken_minor=0,
    taken_points=0,
    taken_stamps=0,
)
GIVEN = replace(
    CARD, stamps_balance=6, last_stamp_at=NOON, stamp_day=TODAY, stamp_day_count=4, sequence=3
)


def test_undo_gives_back_the_days_place_and_not_the_cooldown() -> None:
    decision = return_of_stamps(GIVEN, LINE, at(NOON + timedelta(minutes=1)))
    after = stamped(GIVEN, decision)
    assert (after.stamps_balance, after.stamp_day_count) == (4, 2)
    assert after.last_stamp_at == NOON
    assert (decision.reverses_id, decision.reversal_part) == (7, 1)
    assert decision.active_at is None
    with pytest.raises(Cooldown):
        stamp(after, at(NOON + timedelta(minutes=2)))


def test_stamps_go_back_once_and_whole() -> None:
    with pytest.raises(AlreadyVoided):
        part_of(replace(LINE, parts=1, taken_stamps=-2), None)
    with pytest.raises(Invalid, match="only a sale has parts"):
        part_of(LINE, 1)


def test_undo_after_midnight_gives_back_the_eves_place_and_not_the_new_days() -> None:
    line = replace(LINE, business_day=TODAY - timedelta(days=1))
    given = replace(GIVEN, stamp_eve_count=3)
    after = stamped(given, return_of_stamps(given, line, at()))
    assert (after.stamp_day_count, after.stamp_eve_count) == (4, 1)


def test_stamps_of_a_day_long_past_free_no_place_of_another_day() -> None:
    line = replace(LINE, business_day=TODAY - timedelta(days=9))
    given = replace(GIVEN, stamp_eve_count=3)
    decision = return_of_stamps(given, line, at())
    after = stamped(given, decision)
    assert (after.stamps_balance, after.stamp_day_count, after.stamp_eve_count) == (4, 4, 3)
    assert "day-given-back" not in [step["code"] for step in decision.steps]


def test_a_clock_set_back_by_days_opens_no_day_again() -> None:
    card = replace(CARD, stamp_day=TODAY, stamp_day_count=1, stamp_eve_count=5)
    with pytest.raises(DailyCap):
        stamp(card, free(NOON - timedelta(days=3)))


def test_a_day_later_than_the_next_forgets_the_eve() -> None:
    card = replace(CARD, stamp_day=TODAY - timedelta(days=2), stamp_day_count=5)
    after = stamp(card, free(NOON))
    assert (after.stamp_day, after.stamp_day_count, after.stamp_eve_count) == (TODAY, 1, 0)


def test_a_day_without_a_cap_counts_no_further_than_its_column() -> None:
    card = replace(CARD, stamp_day=TODAY, stamp_day_count=32_700)
    after = stamp(card, at(max_daily_stamps=None), 100)
    assert (after.stamps_balance, after.stamp_day_count) == (100, 32_767)


def test_undo_of_stamps_that_were_spent_leaves_a_visible_debt() -> None:
    card = replace(GIVEN, stamps_balance=1)
    assert stamped(card, return_of_stamps(card, LINE, at())).stamps_balance == -1


# -- the welcome ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "points"),
    [
        ({"loyalty_type": POINTS, "welcome_bonus_points": 50}, 50),
        ({"loyalty_type": HYBRID, "welcome_bonus_points": 50}, 50),
        ({"loyalty_type": STAMPS, "welcome_bonus_points": 50}, None),
        ({"loyalty_type": POINTS}, None),
    ],
)
def test_C10_the_welcome_is_what_the_rules_say(rules: dict[str, Any], points: int | None) -> None:
    decision = welcome_for(CARD, at(**rules))
    assert (decision.points if decision else None) == points
    if decision:
        assert (decision.lifetime, decision.stamps) == (points, 0)


@pytest.mark.parametrize(
    ("when", "due"),
    [("enrolment", None), ("verified", "verified"), ("first_visit", "first_visit")],
)
def test_C10_the_welcome_waits_for_its_moment(when: str, due: str | None) -> None:
    rules = {"loyalty_type": HYBRID, "welcome_bonus_points": 50, "welcome_bonus_when": when}
    assert welcome_due(at(**rules)) == due
    assert welcome_due(at(**rules | {"loyalty_type": STAMPS})) is None
    assert welcome_due(at(**rules | {"welcome_bonus_points": 0})) is None


def test_C10_the_first_visit_brings_the_welcome_once() -> None:
    where = free(loyalty_type=HYBRID, welcome_bonus_points=50)
    card = replace(CARD, welcome_due="first_visit")
    line = accrual.stamps_for(card, 1, where, None)
    (welcome,) = welcomed(card, line, where, "first_visit")
    assert (welcome.points, welcome.lifetime) == (50, 50)
    after = stamped(stamped(card, line), welcome)
    assert (after.points_balance, after.stamps_balance, after.welcome_due) == (50, 1, None)
    assert welcomed(after, line, where, "first_visit") == ()
    assert welcomed(replace(card, welcome_due="verified"), line, where, "first_visit") == ()
