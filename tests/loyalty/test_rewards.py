"""Redeeming by the rules: availability, minimum, balance, and what a cancellation gives back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import Refusal
from app.modules.loyalty import returns, rewards
from app.modules.loyalty.cards import BLOCKED, LoyaltyCard
from app.modules.loyalty.ledger.checks import (
    CardBlocked,
    PointsNotEnabled,
    ProgramInactive,
    StampsNotEnabled,
)
from app.modules.loyalty.programs.rules import POINTS, STAMPS, ProgramState
from app.modules.loyalty.rewards import Reward, catalogue
from app.modules.loyalty.rewards.rules import (
    BelowMinimum,
    InsufficientPoints,
    InsufficientStamps,
    RewardNotAvailable,
    redemption_of,
)
from tests.cast import Chain
from tests.loyalty.ground import CARD, NOON, TODAY, at, offer

RICH = replace(CARD, points_balance=500, stamps_balance=20, lifetime_points=700)
DAY = timedelta(days=1)


def test_B8_a_reward_takes_its_price_and_names_it() -> None:
    line = redemption_of(RICH, offer(120, 3, value_minor=250), 0, at())
    assert (line.type, line.points, line.stamps, line.lifetime) == ("points_redeemed", -120, -3, 0)
    assert line.steps[0] == {
        "code": "reward-redeemed",
        "reward": "Tea",
        "points": 120,
        "stamps": 3,
        "value_minor": 250,
    }
    assert (line.reward_id, line.active_at) == (9, NOON)


def test_B1_spending_lowers_the_balance_and_not_the_lifetime() -> None:
    after = redemption_of(RICH, offer(120), 0, at()).applied_to(RICH)
    assert (after.points_balance, after.lifetime_points) == (380, 700)


@pytest.mark.parametrize(
    ("price", "balance", "kind", "figures"),
    [
        ({"points": 100}, {"points_balance": 99}, InsufficientPoints, (100, 99, 1)),
        ({"points": 100}, {"points_balance": -5}, InsufficientPoints, (100, -5, 105)),
        ({"stamps": 5}, {"stamps_balance": 4}, InsufficientStamps, (5, 4, 1)),
        ({"points": 1, "stamps": 5}, {"stamps_balance": 4}, InsufficientStamps, (5, 4, 1)),
    ],
)
def test_B8_B11_what_one_cannot_afford_is_refused_with_the_figures(
    price: dict[str, int],
    balance: dict[str, int],
    kind: type[Refusal],
    figures: tuple[int, int, int],
) -> None:
    with pytest.raises(kind) as refusal:
        redemption_of(replace(RICH, **balance), offer(**price), 0, at())
    told = refusal.value.figures
    assert (told["needed"], told["available"], told["missing"]) == figures


@pytest.mark.parametrize(
    ("price", "minimum", "refused"), [(50, 100, True), (100, 100, False), (50, 0, False)]
)
def test_C9_a_price_below_the_minimum_is_refused_with_both(
    price: int, minimum: int, refused: bool
) -> None:
    where = at(minimum_redemption_points=minimum)
    if refused:
        with pytest.raises(BelowMinimum) as refusal:
            redemption_of(RICH, offer(price), 0, where)
        assert refusal.value.figures == {"price": 50, "minimum_redemption_points": 100}
    else:
        assert redemption_of(RICH, offer(price), 0, where).points == -price


def test_the_minimum_is_about_points_and_not_about_stamps() -> None:
    assert redemption_of(RICH, offer(0, 5), 0, at(minimum_redemption_points=100)).stamps == -5


@pytest.mark.parametrize(
    ("reason", "reward", "had"),
    [
        ("withdrawn", {"active": False}, 0),
        ("not-yet", {"valid_from": TODAY + DAY}, 0),
        ("ended", {"valid_until": TODAY - DAY}, 0),
        ("not-here", {"here": False}, 0),
        ("sold-out", {"stock": 0}, 0),
        ("had-enough", {"per_card_limit": 2}, 2),
    ],
)
def test_a_reward_that_cannot_be_had_says_why(
    reason: str, reward: dict[str, Any], had: int
) -> None:
    with pytest.raises(RewardNotAvailable) as refusal:
        redemption_of(RICH, offer(100, **reward), had, at())
    assert refusal.value.figures["reason"] == reason


def test_a_reward_can_be_had_on_its_first_and_last_day_and_up_to_its_limit() -> None:
    last = offer(100, valid_from=TODAY, valid_until=TODAY, stock=1, per_card_limit=2)
    assert redemption_of(RICH, last, 1, at()).points == -100


def test_refusals_of_a_redemption_come_in_the_contracts_order() -> None:
    stopped = replace(at(loyalty_type=STAMPS), state=ProgramState(active=False))
    blocked = replace(CARD, status=BLOCKED)
    gone = offer(50, 5, active=False)
    heard: list[type[Refusal]] = []
    for card, reward, where in (
        (blocked, gone, stopped),
        (blocked, gone, at(loyalty_type=STAMPS)),
        (CARD, gone, at(loyalty_type=STAMPS)),
        (CARD, gone, at(loyalty_type=POINTS)),
        (CARD, gone, at(minimum_redemption_points=100)),
        (CARD, offer(50, 5), at(minimum_redemption_points=100)),
        (CARD, offer(50, 5), at()),
        (replace(CARD, points_balance=50), offer(50, 5), at()),
    ):
        with pytest.raises(Refusal) as refusal:
            redemption_of(card, reward, 0, where)
        heard.append(type(refusal.value))
    assert heard == [
        ProgramInactive,
        CardBlocked,
        PointsNotEnabled,
        StampsNotEnabled,
        RewardNotAvailable,
        BelowMinimum,
        InsufficientPoints,
        InsufficientStamps,
    ]


# -- stock and limits in the database -------------------------------------------------------------


def test_a_cancelled_redemption_gives_stock_and_limit_back(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", welcome_bonus_points=100, minimum_redemption_points=0)
    number, by = chain.card(), chain.actor
    with chain.acting() as session:
        values = {"name": "Tea", "points": 100, "stock": 1, "per_card_limit": 1}
        reward = catalogue.create(values, by=by).id
        line = rewards.redeem(number, reward, by=by, attempt=None).transaction_id
        session.commit()
        card = _card(session, number)
        assert (rewards.times_had(card, reward), _stock(session, reward)) == (1, 0)
        with pytest.raises(RewardNotAvailable):
            rewards.redeem(number, reward, by=by, attempt=None)
        session.rollback()
        returns.void(line, by=by, attempt=None)
        session.commit()
        assert (rewards.times_had(card, reward), _stock(session, reward)) == (0, 1)
        assert rewards.redeem(number, reward, by=by, attempt=None).transaction_id
        session.commit()


def test_a_refused_redemption_leaves_the_stock(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    number = chain.card()
    with chain.acting() as session:
        reward = catalogue.create({"name": "Tea", "points": 100, "stock": 1}, by=chain.actor).id
        session.commit()
        with pytest.raises(InsufficientPoints):
            rewards.redeem(number, reward, by=chain.actor, attempt=None)
        session.commit()
        assert _stock(session, reward) == 1


def _card(session: Any, number: str) -> int:
    return int(session.scalar(select(LoyaltyCard.id).where(LoyaltyCard.number == number)))


def _stock(session: Any, reward_id: int) -> int | None:
    found: int | None = session.scalar(select(Reward.stock).where(Reward.id == reward_id))
    return found
