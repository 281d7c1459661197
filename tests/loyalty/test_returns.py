"""Taking back: the faults that others have in public, parts, debts, forgiveness, and ten thousand
random histories after which nothing is left. On the pure rules, with a purse in memory."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.accounts.actors import Actor
from app.errors import Invalid, Refusal
from app.modules.loyalty.ledger.approval import Approver
from app.modules.loyalty.programs.rules import Bonus, Tier
from app.modules.loyalty.returns.forgiveness import Past, no_longer_needed
from app.modules.loyalty.returns.policy import SecondPersonNeeded, TooLate, must_be_allowed
from app.modules.loyalty.returns.rules import AlreadyVoided, NotVoidable, VoidExceedsOriginal
from app.modules.loyalty.rewards.rules import InsufficientPoints, InsufficientStamps
from tests.loyalty.ground import NOON, TODAY, Purse, at

NOTHING = (0, 0, 0, 0, 0, 0)


def types(purse: Purse) -> list[str]:
    return [line.type for line in purse.lines]


def steps(purse: Purse, number: int) -> dict[str, Any]:
    """A line's steps by their code."""
    return {step["code"]: step for step in purse.lines[number - 1].steps}


# -- the five public faults -----------------------------------------------------------------------


def test_odoo_buying_refunding_and_buying_again_gains_nothing() -> None:
    bonuses = (
        Bonus("first", points=50, first_visit=True),
        Bonus("third", points=30, every=3),
        Bonus("birthday", percent_bp=10_000, birthday=True),
    )
    purse = Purse(at(bonuses=bonuses, birthday=TODAY, max_points_per_order=90))
    for _ in range(10):
        purse.back(purse.buy(5_000))
        assert purse.figures == NOTHING
    purse.buy(5_000)
    assert purse.card.points_balance == 90


def test_odoo_a_refund_deducts_once_and_never_again() -> None:
    purse = Purse()
    first, _ = purse.buy(10_000), purse.buy(10_000)
    purse.back(first)
    for amount in (None, 1, 10_000):
        with pytest.raises(AlreadyVoided):
            purse.back(first, amount)
    assert purse.card.points_balance == 100


def test_odoo_a_partial_refund_deducts_its_part_and_the_rest_only_the_rest() -> None:
    purse = Purse()
    number = purse.buy(10_000)
    purse.back(number, 5_000)
    assert purse.card.points_balance == 50
    purse.back(number)
    assert purse.figures == NOTHING
    assert [line.points for line in purse.lines] == [100, -50, -50]


def test_nopcommerce_cancelling_and_then_refunding_deducts_once() -> None:
    purse = Purse()
    paid, number = purse.buy(10_000), purse.buy(4_000)
    purse.back(number)
    with pytest.raises(AlreadyVoided):
        purse.back(number)
    with pytest.raises(AlreadyVoided):
        purse.back(number, 4_000)
    assert purse.card.points_balance == purse.lines[paid - 1].points == 100


def test_erpnext_a_return_deducts() -> None:
    purse = Purse(at(max_points_per_order=70))
    number = purse.buy(10_000)
    assert purse.figures == (70, 0, 70, 1, 1, 70)
    purse.back(number)
    assert purse.figures == NOTHING


# -- parts ----------------------------------------------------------------------------------------


def test_C13_half_then_the_rest_and_the_third_is_refused() -> None:
    purse = Purse()
    number = purse.buy(9_999)
    purse.back(number, 5_000)
    purse.back(number, 4_999)
    with pytest.raises(AlreadyVoided):
        purse.back(number, 1)
    assert purse.figures == NOTHING


def test_C13_more_than_is_left_is_refused_with_the_figures() -> None:
    purse = Purse()
    number = purse.buy(10_000)
    purse.back(number, 6_000)
    with pytest.raises(VoidExceedsOriginal) as refusal:
        purse.back(number, 4_001)
    assert refusal.value.figures == {
        "available_minor": 4_000,
        "requested_minor": 4_001,
        "original_minor": 10_000,
    }


@pytest.mark.parametrize("amount", [0, -1])
def test_T3_a_part_of_nothing_or_less_is_refused(amount: int) -> None:
    purse = Purse()
    with pytest.raises(Invalid):
        purse.back(purse.buy(10_000), amount)


@pytest.mark.parametrize(
    ("amount", "parts", "taken"),
    [
        (1_000, [333, 333, 334], [3, 3, 4]),
        (700, [1] * 100 + [600], [0] * 99 + [1, 6]),
        (1_999, [1_998, 1], [18, 1]),
        (299, [150, 149], [1, 1]),
    ],
)
def test_C13_awkward_parts_take_their_share_rounded_down_and_the_last_the_rest(
    amount: int, parts: list[int], taken: list[int]
) -> None:
    purse = Purse()
    number = purse.buy(amount)
    for part in parts:
        purse.back(number, part)
    assert [-line.points for line in purse.lines[1:]] == taken
    assert purse.figures == NOTHING


def test_the_stamps_of_a_sale_go_back_in_parts_too() -> None:
    purse = Purse(at(stamps_per_sale=3, max_daily_stamps=9))
    number = purse.buy(10_000)
    left = []
    for part in (3_000, 4_000, 3_000):
        purse.back(number, part)
        left.append((purse.card.stamps_balance, purse.card.stamp_day_count))
    assert left == [(3, 3), (1, 1), (0, 0)]


def test_a_return_takes_what_cap_bonus_and_tier_gave_under_the_old_rules() -> None:
    purse = Purse(at(bonuses=(Bonus("x", percent_bp=5_000),), max_points_per_order=120))
    number = purse.buy(10_000)
    purse.where = at(points_per_unit=9, bonuses=())
    purse.back(number, 5_000)
    assert purse.lines[-1].points == -60
    purse.back(number)
    assert purse.figures == NOTHING


def test_a_sale_of_nothing_is_taken_back_once() -> None:
    purse = Purse()
    number = purse.buy(0)
    purse.back(number)
    with pytest.raises(AlreadyVoided):
        purse.back(number)
    assert purse.figures == NOTHING


# -- what else goes back --------------------------------------------------------------------------


def test_a_return_lowers_the_tier_at_once_and_tells_it_once() -> None:
    ladder = (Tier("Bronze", 0, 10_000), Tier("Silver", 100, 12_500))
    purse = Purse(at(tiers=ladder))
    number = purse.buy(10_000)
    assert purse.lines[-1].events == ("tier.changed",)
    purse.back(number, 100)
    lost = steps(purse, 2)["tier-lost"]
    assert (lost["from"], lost["to"], lost["lifetime_points"]) == ("Silver", "Bronze", 99)
    assert purse.lines[-1].events == ("tier.changed",)
    purse.back(number)
    assert purse.lines[-1].events == ()


def test_B5_a_birthday_bonus_that_went_back_is_still_to_come_that_year_alone() -> None:
    rules: dict[str, Any] = {"birthday": TODAY, "birthday_bonus_bp": 1_000}
    purse = Purse(at(**rules))
    old = purse.buy(10_000)
    purse.back(old)
    assert purse.lines[purse.buy(10_000) - 1].points == 110
    purse.where = at(NOON + timedelta(days=365), **rules)
    assert purse.lines[purse.buy(10_000) - 1].points == 110
    purse.back(3)  # last year's gift: this year's was had already
    assert purse.lines[purse.buy(10_000) - 1].points == 100


def test_a_part_returned_gives_neither_purchase_nor_birthday_back() -> None:
    purse = Purse(at(birthday=TODAY, birthday_bonus_bp=1_000))
    purse.back(purse.buy(10_000), 9_999)
    assert purse.card.purchases == 1
    assert purse.lines[purse.buy(10_000) - 1].points == 100


def test_an_nth_purchase_comes_again_only_where_the_one_that_had_it_went_back() -> None:
    purse = Purse(at(bonuses=(Bonus("third", points=50, every=3),)))
    first, second, third = (purse.buy(100) for _ in range(3))
    purse.back(first)
    again = purse.buy(100)
    assert [purse.lines[n - 1].points for n in (second, third, again)] == [1, 51, 1]
    purse.back(again)  # it was no third purchase of its own: nothing is to come again
    assert purse.lines[purse.buy(100) - 1].points == 1
    purse.back(third)
    purse.back(len(purse.lines) - 1)
    assert purse.lines[purse.buy(100) - 1].points == 1
    assert purse.lines[purse.buy(100) - 1].points == 51


def test_what_cannot_be_taken_back_stays() -> None:
    purse = Purse()
    number = purse.back(purse.buy(100))
    with pytest.raises(NotVoidable):
        purse.back(number)


# -- spent meanwhile ------------------------------------------------------------------------------


def test_C13_points_spent_meanwhile_become_a_debt_that_the_next_earning_repays() -> None:
    purse = Purse()
    number = purse.buy(10_000)
    purse.redeem(80)
    purse.back(number)
    assert (purse.card.points_balance, steps(purse, 3)["points-taken-back"]["debt"]) == (-80, 80)
    purse.buy(5_000)
    assert purse.figures[0] == -30
    purse.buy(5_000)
    assert (purse.card.points_balance, purse.lots[-1].remaining) == (20, 20)


def test_a_return_takes_its_own_points_first_then_the_oldest() -> None:
    purse = Purse()
    for _ in range(3):
        purse.buy(1_000)
    purse.redeem(5)
    purse.back(3, 500)
    assert [lot.remaining for lot in purse.lots] == [5, 10, 5]
    purse.redeem(12)
    purse.back(3)
    assert [lot.remaining for lot in purse.lots] == [0, 3, 0]


def test_a_cancelled_redemption_repays_the_debt_and_then_refills_the_newest_lots() -> None:
    purse = Purse()
    first, _ = purse.buy(1_000), purse.buy(1_000)
    reward = purse.redeem(15)
    purse.back(first)
    assert purse.card.points_balance == -5
    number = purse.back(reward)
    assert steps(purse, number)["points-given-back"] == {
        "code": "points-given-back",
        "points": 15,
        "repaid": 5,
    }
    assert [lot.remaining for lot in purse.lots] == [5, 5]
    purse.back(2)
    assert purse.figures == NOTHING


# -- expired meanwhile ----------------------------------------------------------------------------


def test_what_expired_of_a_sale_is_not_taken_again() -> None:
    purse = Purse()
    number = purse.buy(10_000)
    purse.redeem(30)
    purse.expire(number, 70)
    purse.back(number)
    assert steps(purse, 4)["points-taken-back"] == {
        "code": "points-taken-back",
        "share": 100,
        "of": 100,
        "expired": 70,
        "taken": 30,
        "debt": 30,
    }
    purse.back(2)
    assert purse.figures[:3] == (0, 0, 0)


def test_what_expired_counts_once_over_all_parts() -> None:
    purse = Purse()
    number = purse.buy(10_000)
    purse.expire(number, 40)
    credited = []
    for part in (3_000, 5_000, 2_000):
        line = purse.back(number, part)
        credited.append(steps(purse, line)["points-taken-back"]["expired"])
    assert credited == [0, 20, 20]
    assert purse.figures[:3] == (0, 0, 0)


def test_what_expired_is_let_go_once_and_what_was_spent_is_owed() -> None:
    purse = Purse()
    number = purse.buy(10_000)
    purse.redeem(50)
    purse.expire(number, 10)
    taken = [steps(purse, purse.back(number, part))["points-taken-back"] for part in (5_000, 5_000)]
    assert [(step["taken"], step["expired"], step["debt"]) for step in taken] == [
        (40, 10, 0),
        (50, 0, 50),
    ]


def test_an_adjustment_that_expired_is_not_taken_again() -> None:
    purse = Purse()
    number = purse.adjust(50)
    purse.expire(number, 50)
    purse.back(number)
    assert purse.figures == NOTHING


# -- forgiving ------------------------------------------------------------------------------------


def forgiving() -> Purse:
    return Purse(at(void_policy="forgive"))


def test_forgiving_lifts_the_debt_by_a_line_of_its_own() -> None:
    purse = forgiving()
    number = purse.buy(10_000)
    purse.redeem(80)
    purse.back(number)
    assert [line.points for line in purse.lines] == [100, -80, -100, 80]
    assert types(purse)[-1] == "points_forgiven"
    assert purse.figures[:3] == (0, 0, 0)


def test_forgiveness_ends_where_the_redemption_it_paid_is_cancelled() -> None:
    purse = forgiving()
    number = purse.buy(10_000)
    reward = purse.redeem(80)
    purse.back(number)
    purse.back(reward)
    assert types(purse)[-2:] == ["voided", "points_forgiven"]
    assert purse.figures == NOTHING


def test_forgiveness_ends_too_where_the_return_took_another_sales_points() -> None:
    """The first sale's points were spent, so its return took the second's; the debt stood with
    the second, and yet it was the first reward that the forgiven points paid."""
    purse = forgiving()
    first, second = purse.buy(5_000), purse.buy(5_000)
    reward = purse.redeem(50)
    purse.back(first)
    purse.back(second)
    assert purse.figures[0] == 0
    purse.back(reward)
    assert purse.figures == NOTHING


def test_forgiveness_stays_where_another_redemption_is_cancelled() -> None:
    purse = forgiving()
    first, _ = purse.buy(10_000), purse.redeem(100)
    purse.back(first)
    purse.buy(10_000)
    later = purse.redeem(100)
    purse.back(later)
    assert (types(purse)[-1], purse.card.points_balance) == ("voided", 100)
    purse.back(2)
    assert purse.card.points_balance == 100


def test_each_redemption_ends_its_own_share_of_a_forgiveness() -> None:
    """Half the sale went back: what the other half pays for stays paid."""
    purse = forgiving()
    number, one, two = purse.buy(10_000), purse.redeem(60), purse.redeem(40)
    purse.back(number, 5_000)
    purse.back(one)
    assert purse.card.points_balance == 10
    purse.back(two)
    assert purse.card.points_balance == 50


def test_a_debt_from_before_is_not_forgiven_twice() -> None:
    past = [
        Past(2, -50, forgiven=False),
        Past(4, 50, forgiven=True),
        Past(5, 50, forgiven=False, cancels=2),
        Past(6, -50, forgiven=True),
        Past(7, -30, forgiven=False),
    ]
    assert no_longer_needed(7, past) == 0


# -- who may --------------------------------------------------------------------------------------

OWN = {"void_alone_minutes": 10, "void_days": 30}
CLERK = Actor("terminal:1", vendor_id=1, staff_id=5)
OTHER = replace(CLERK, staff_id=6)
ALONE = SecondPersonNeeded


@pytest.mark.parametrize(
    ("later", "by", "role", "approver", "refusal"),
    [
        (timedelta(minutes=10), CLERK, "staff", None, None),
        (timedelta(minutes=10, seconds=1), CLERK, "staff", None, ALONE),
        (timedelta(0), OTHER, "staff", None, ALONE),
        (timedelta(0), OTHER, "staff", Approver(6, "manager"), ALONE),
        (timedelta(0), OTHER, "staff", Approver(7, "staff"), ALONE),
        (timedelta(days=30), OTHER, "staff", Approver(7, "manager"), None),
        (timedelta(days=30), OTHER, "manager", Approver(7, "staff"), None),
        (timedelta(days=30, seconds=1), CLERK, "manager", Approver(7, "manager"), TooLate),
        (timedelta(days=900), Actor("user:1", user_id=1), None, None, None),
        (timedelta(days=900), Actor("key:1", api_key_id=1), None, None, None),
    ],
)  # fmt: skip
def test_who_may_take_back_and_until_when(
    later: timedelta,
    by: Actor,
    role: str | None,
    approver: Approver | None,
    refusal: type[Refusal] | None,
) -> None:
    purse = Purse()
    line = replace(purse.original(purse.buy(100)), staff_id=5)
    where = at(**OWN)

    def judged() -> None:
        now = NOON + later
        must_be_allowed(line, where.rules, by=by, now=now, role=role, approver=approver)

    if refusal:
        with pytest.raises(refusal):
            judged()
    else:
        judged()


# -- nothing is left ------------------------------------------------------------------------------

HISTORIES = 10_000


@pytest.mark.parametrize("policy", ["debt", "forgive", "either"])
def test_after_random_histories_everything_returned_leaves_nothing(policy: str) -> None:
    """A third of ten thousand for each policy; the seeds are fixed, so that a red one stays red."""
    for seed in range(HISTORIES // 3 + 1):
        purse = _lived(random.Random(f"{policy} {seed}"), policy)
        assert purse.figures == NOTHING, seed


def _lived(chance: random.Random, policy: str) -> Purse:
    """A random history, and then everything of it taken back in a random order."""
    bonuses = (
        Bonus("third", points=7, every=3),
        Bonus("first", percent_bp=3_000, first_visit=True),
    )
    cap, stamps = chance.choice([None, 40]), chance.choice([0, 3])
    purse = Purse(at(max_points_per_order=cap, stamps_per_sale=stamps, bonuses=bonuses))
    given: list[int] = []
    for _ in range(chance.randint(2, 12)):
        now = chance.choice(["debt", "forgive"]) if policy == "either" else policy
        purse.where = replace(purse.where, rules=purse.where.rules.changed(void_policy=now))
        with suppress(InsufficientPoints, InsufficientStamps, AlreadyVoided):
            _anything(purse, given, chance)
    chance.shuffle(given)
    for number in given:
        with suppress(AlreadyVoided):
            purse.back(number)
    return purse


def _anything(purse: Purse, given: list[int], chance: random.Random) -> None:
    verb = chance.choice("bbbrrsavvv")
    if verb == "b":
        given.append(purse.buy(chance.choice([1, 99, 1_999, 3_333, 5_000, 10_001])))
    elif verb == "r":
        given.append(purse.redeem(chance.choice([1, 10, 50]), chance.choice([0, 0, 2])))
    elif verb == "s":
        given.append(purse.stamp(chance.randint(1, 3)))
    elif verb == "a":
        given.append(purse.adjust(chance.choice([-20, -5, 5, 30])))
    elif given:
        number = chance.choice(given)
        paid = _paid(purse, number) - purse.original(number).taken_minor
        purse.back(number, chance.randint(1, paid) if paid and chance.random() < 0.6 else None)


def _paid(purse: Purse, number: int) -> int:
    return purse.lines[number - 1].amount_minor or 0
