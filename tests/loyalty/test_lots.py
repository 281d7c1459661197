"""Lots and draws as the database keeps them, and random histories through it, on both."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, verify
from app.accounts.actors import Actor
from app.errors import Invalid
from app.ids import new_id
from app.modules.loyalty import accrual, adjustments, returns, rewards
from app.modules.loyalty.ledger import PointDraw, PointLot
from app.modules.loyalty.programs import Bonus
from app.modules.loyalty.returns import AlreadyVoided
from app.modules.loyalty.rewards import Reward
from app.modules.loyalty.rewards.rules import InsufficientPoints, InsufficientStamps
from tests.cast import Chain

RULES: dict[str, Any] = {
    "loyalty_type": "hybrid",
    "cooldown_minutes": 0,
    "max_daily_stamps": None,
    "minimum_redemption_points": 0,
}
HISTORIES = 40


@pytest.fixture
def shop(app: Flask) -> "Shop":
    """A chain of points with a reward for each of some prices."""
    return Shop(Chain.open(app, **RULES))


class Shop:
    """Verbs on one card; each answers its line's id."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.number = chain, chain.card()
        self.rewards: dict[int, int] = {}

    def buy(self, amount: int) -> int:
        posted = accrual.earn(self.number, amount, by=self.chain.actor, attempt=None)
        return posted.transaction_id

    def redeem(self, points: int) -> int:
        if points not in self.rewards:
            with self.chain.acting() as session:
                reward = Reward(id=new_id(), name=f"For {points}", points=points)
                session.add(reward)
                session.commit()
                self.rewards[points] = reward.id
        reward_id = self.rewards[points]
        posted = rewards.redeem(self.number, reward_id, by=self.chain.actor, attempt=None)
        return posted.transaction_id

    def adjust(self, points: int) -> int:
        by = self.chain.actor
        return adjustments.adjust(
            self.number, points, "by hand", by=by, attempt=None
        ).transaction_id

    def back(self, line: int, amount: int | None = None) -> int:
        by = Actor("user:1", user_id=1)
        return returns.void(line, by=by, attempt=None, amount_minor=amount).transaction_id

    def do(self, verb: Any, *values: Any) -> int:
        """One verb, in a transaction of its own."""
        with self.chain.acting() as session:
            line: int = verb(*values)
            session.commit()
        return line

    def lots(self) -> list[tuple[int, int]]:
        """`(granted, remaining)`, the oldest first."""
        with self.chain.acting() as session:
            query = select(PointLot).order_by(PointLot.granted_on, PointLot.id)
            return [(lot.granted, lot.remaining) for lot in session.scalars(query)]

    def draws(self, line: int) -> list[int]:
        """What a line drew, lot by lot."""
        with self.chain.acting() as session:
            query = select(PointDraw.points).where(PointDraw.transaction_id == line)
            return list(session.scalars(query.order_by(PointDraw.lot_id)))

    def figures(self) -> tuple[int, ...]:
        row = self.chain.card_row(self.number)
        counted = (row.lifetime_points, row.purchases, row.purchases_peak)
        held = sum(remaining for _, remaining in self.lots())
        return (row.points_balance, row.stamps_balance, *counted, held)


def test_T10_spending_takes_the_oldest_points_and_remembers_which(shop: Shop) -> None:
    """Expiry by age will then find what is left of each day."""
    begun = datetime(2026, 6, 10, 10, tzinfo=UTC)
    for day, amount in enumerate((5_000, 3_000, 2_000)):
        with clock.at(begun + timedelta(days=day)):
            shop.do(shop.buy, amount)
    with clock.at(begun + timedelta(days=3)):
        line = shop.do(shop.redeem, 60)
    assert shop.lots() == [(50, 0), (30, 20), (20, 20)]
    assert shop.draws(line) == [50, 10]


def test_a_cancelled_redemption_refills_what_it_drew_and_keeps_it_until_tomorrow(
    shop: Shop,
) -> None:
    shop.do(shop.buy, 5_000)
    shop.do(shop.buy, 5_000)
    line = shop.do(shop.redeem, 60)
    with clock.at(datetime(2027, 6, 10, 10, tzinfo=UTC)):
        assert shop.draws(shop.do(shop.back, line)) == [-50, -10]
    assert shop.lots() == [(50, 50), (50, 50)]
    with shop.chain.acting() as session:
        kept = {lot.keep_until for lot in session.scalars(select(PointLot))}
    assert [str(day) for day in kept] == ["2027-06-11"]


def test_a_grant_repays_the_debt_before_it_can_be_spent(shop: Shop) -> None:
    line = shop.do(shop.buy, 5_000)
    shop.do(shop.redeem, 50)
    shop.do(shop.back, line)
    again = shop.do(shop.buy, 8_000)
    assert shop.lots() == [(50, 0), (80, 30)]
    assert shop.draws(again) == [50]


def test_T2_T17_a_redemption_is_judged_by_the_balance_under_the_lock(shop: Shop) -> None:
    """Two in a row, from one page that showed 100: the second has 40."""
    shop.do(shop.buy, 10_000)
    shop.do(shop.redeem, 60)
    with pytest.raises(InsufficientPoints) as refusal:
        shop.do(shop.redeem, 60)
    assert refusal.value.figures == {"needed": 60, "available": 40, "missing": 20}


def test_T9_the_ledger_holds_a_minus_and_the_card_a_debt(shop: Shop) -> None:
    line = shop.do(shop.buy, 5_000)
    shop.do(shop.redeem, 30)
    shop.do(shop.back, line)
    assert [each.points for each in shop.chain.lines(shop.number)] == [50, -30, -50]
    assert shop.figures()[0] == -30


def test_a_foreseen_return_is_the_return(shop: Shop) -> None:
    line = shop.do(shop.buy, 9_999)
    shop.do(shop.redeem, 80)
    with shop.chain.acting():
        foreseen = returns.foresee(line, by=shop.chain.actor, amount_minor=5_000).decisions
    shop.do(shop.back, line, 5_000)
    (decision,) = foreseen
    kept = shop.chain.lines(shop.number)[-1]
    assert (kept.points, kept.amount_minor) == (decision.points, decision.amount_minor)
    assert kept.steps == list(decision.steps)


@pytest.mark.parametrize("policy", ["debt", "forgive"])
def test_random_histories_leave_nothing_and_every_line_proves_itself(
    app: Flask, policy: str
) -> None:
    """The same that `test_returns` does in memory ten thousand times, here through the database;
    one company, a card for each history, and the books looked through at the end."""
    bonuses = (Bonus("third", points=7, every=3),)
    chain = Chain.open(app, **RULES, void_policy=policy, stamps_per_sale=1, bonuses=bonuses)
    prices: dict[int, int] = {}
    for seed in range(HISTORIES // 2):
        shop = Shop(chain)
        shop.rewards = prices
        _live(shop, random.Random(f"{policy} {seed}"))
        row = chain.card_row(shop.number)
        counted = (row.lifetime_points, row.purchases, row.purchases_peak)
        assert (row.points_balance, row.stamps_balance, *counted) == (0, 0, 0, 0, 0), seed
    with app.app_context():
        assert [str(breach) for breach in verify.breaches(chain.company_id)] == []


def _live(shop: Shop, chance: random.Random) -> None:
    given: list[int] = []
    for _ in range(chance.randint(3, 8)):
        verb = chance.choice("bbbrrav")
        with suppress(InsufficientPoints, InsufficientStamps, AlreadyVoided):
            if verb == "b":
                given.append(shop.do(shop.buy, chance.choice([99, 3_333, 10_001])))
            elif verb == "r":
                given.append(shop.do(shop.redeem, chance.choice([1, 10, 50])))
            elif verb == "a":
                given.append(shop.do(shop.adjust, chance.choice([-20, 30])))
            elif given:
                shop.do(shop.back, chance.choice(given))
    chance.shuffle(given)
    for line in given:
        with suppress(AlreadyVoided):
            if chance.random() < 0.3:
                with suppress(Invalid):  # only a sale has parts
                    shop.do(shop.back, line, 33)
            shop.do(shop.back, line)
