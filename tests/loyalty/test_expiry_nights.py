"""B9: thirty nights of every policy equal the rule worked out by hand, whatever happens between.

The hand keeps cards, lots and notices in plain lists and knows nothing of the engine: what it
says of each night is compared with the job's lines, card by card.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from app import clock, verify
from app.accounts.actors import Actor
from app.modules.loyalty import accrual, adjustments, expiry, returns, rewards
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.expiry import night as nights
from app.modules.loyalty.ledger import LoyaltyTransaction as Line
from tests.cast import Chain
from tests.races.points import PLAIN
from tests.races.scenarios import together

START = date(2027, 1, 20)
NIGHTS = 30
PRICE = 10
DAY = timedelta(days=1)


@dataclass
class Lot:
    granted_on: date
    granted: int
    left: int
    policies: list[Any]  # every policy that was in force since the grant
    keep: date | None = None
    told: date | None = None
    expired: int = 0


@dataclass
class Card:
    number: str
    active: date
    lots: list[Lot] = field(default_factory=list)
    sales: list[tuple[int, Lot]] = field(default_factory=list)
    spent: list[tuple[int, list[tuple[Lot, int]]]] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(lot.left for lot in self.lots)

    def take(self, points: int, first: Lot | None = None) -> list[tuple[Lot, int]]:
        taken = []
        own = [first] if first else []
        for lot in own + sorted(self.lots, key=lambda lot: lot.granted_on):
            each = min(points, lot.left)
            lot.left, points = lot.left - each, points - each
            if each:
                taken.append((lot, each))
        return taken


def own_day(policy: Any, granted_on: date) -> date | None:
    """The day that a policy gives a grant, from the contract's words."""
    if policy["policy"] == "age":
        month = granted_on.month - 1 + policy["months"]
        first = date(granted_on.year + month // 12, month % 12 + 1, 1)
        last = (first + timedelta(days=32)).replace(day=1) - DAY
        return min(first + timedelta(days=granted_on.day - 1), last)
    if policy["policy"] == "yearly":
        days = (granted_on + DAY * ahead for ahead in range(1, 368))
        return next(day for day in days if f"{day:%m-%d}" == policy["month_day"])
    return None


class Hand:
    """What has to happen, by hand."""

    def __init__(self, notices: list[int]) -> None:
        self.notices, self.cards = notices, list[Card]()
        self.policy: Any = {"policy": "never"}
        self.since = date.min

    def publish(self, policy: Any, today: date) -> None:
        self.policy, self.since = policy, today
        for card in self.cards:
            for lot in card.lots:
                lot.policies.append(policy)

    def grant(self, card: Card, points: int, today: date) -> Lot:
        lot = Lot(today, points, points, [self.policy])
        card.lots.append(lot)
        return lot

    def due(self, card: Card, lot: Lot) -> date | None:
        days = [own_day(policy, lot.granted_on) for policy in lot.policies]
        named = [day for day in days if day]
        if self.policy["policy"] == "never":
            return None
        if self.policy["policy"] == "inactivity":
            silent = max(card.active, self.since) + timedelta(days=self.policy["days"])
            # What was granted under a policy without days goes with the balance.
            day = max([silent, *(named if days[0] else ())])
        elif None in days:
            return None
        else:
            day = max(named)
        return max(day, lot.keep + DAY) if lot.keep else day

    def night(self, today: date) -> Counter[str]:
        """The points that expire, by card."""
        gone: Counter[str] = Counter()
        for card in self.cards:
            for lot in card.lots:
                due = self.due(card, lot)
                if lot.left and due and self.goes(lot, due, today):
                    gone[card.number] += lot.left
                    lot.left, lot.expired = 0, lot.expired + lot.left
        return gone

    def goes(self, lot: Lot, due: date, today: date) -> bool:
        if not self.notices:
            return due <= today
        if lot.told is None or lot.told < due:
            if today >= due - timedelta(days=max(self.notices)):
                lot.told = max(due, today + timedelta(days=min(self.notices)))
            return False
        return lot.told <= today


class Play:
    """The same on the engine and by hand, day by day."""

    def __init__(self, chain: Chain, notices: list[int], seed: str) -> None:
        self.chain, self.hand, self.dice = chain, Hand(notices), random.Random(seed)
        self.office = Actor("office", user_id=chain.admin.user_id)
        self.reward = 0

    def publish(self, policy: Any, today: date) -> None:
        with clock.at(noon(today)):
            self.chain.publish(expiry=policy)
        self.hand.publish(policy, today)

    def day(self, today: date) -> None:
        with clock.at(noon(today)), self.chain.acting() as session:
            for card in self.dice.sample(self.hand.cards, 2):
                verbs = (self.earn, self.redeem, self.cancel, self.give_back, self.adjust)
                self.dice.choice((self.earn, *verbs))(card, today)
            session.commit()

    def earn(self, card: Card, today: date) -> None:
        points = self.dice.randint(5, 40)
        posted = accrual.earn(card.number, points, by=self.chain.actor, attempt=None)
        card.sales.append((int(posted.transaction_id or 0), self.hand.grant(card, points, today)))
        card.active = today

    def redeem(self, card: Card, today: date) -> None:
        if card.points >= PRICE:
            posted = rewards.redeem(card.number, self.reward, by=self.chain.actor, attempt=None)
            card.spent.append((int(posted.transaction_id or 0), card.take(PRICE)))
            card.active = today

    def cancel(self, card: Card, today: date) -> None:
        if card.spent:
            line, taken = card.spent.pop()
            returns.void(line, by=self.office, attempt=None)
            for lot, points in taken:
                lot.left += points
                lot.keep = max(lot.keep or date.min, today + DAY)

    def give_back(self, card: Card, _today: date) -> None:
        if not card.sales:
            return
        line, lot = card.sales[-1]
        own = min(lot.left, lot.granted)
        due = lot.granted - min(lot.granted - own, lot.expired)
        if due <= card.points:
            card.sales.pop()
            returns.void(line, by=self.office, attempt=None)
            card.take(due, lot)

    def adjust(self, card: Card, today: date) -> None:
        points = self.dice.choice((-3, 4))
        if card.points + points >= 0:
            adjustments.adjust(card.number, points, "by hand", by=self.office, attempt=None)
            self.hand.grant(card, points, today) if points > 0 else card.take(-points)

    def night(self, today: date, number: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
        before = self.expired()
        at = datetime.combine(today, time(2, 0), UTC)
        expected = self.hand.night(today)
        with clock.at(at):
            if number % 10 == 3:
                self.killed_and_again(monkeypatch)
            elif number % 10 == 7:
                together(self.chain, [partial(self.run_at, at)] * 3)
            else:
                self.dry_and_then(number % 5 == 0)
        assert self.expired() - before == expected, f"night {number}, {today}"
        return expected

    def run_at(self, at: datetime) -> expiry.Outcome:
        with clock.at(at):
            return expiry.expire()

    def dry_and_then(self, dry: bool) -> None:
        with self.chain.acting():
            foretold = expiry.expire(dry_run=True) if dry else None
            outcome = expiry.expire()
            assert foretold in (None, outcome)
            if dry:
                assert expiry.expire() == expiry.Outcome()

    def killed_and_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A batch of one card each; killed after every one of the first three."""
        monkeypatch.setattr(nights, "BATCH", 1)
        for batches in (1, 2, 3):
            with self.chain.acting():
                try:
                    expiry.expire(advance=Killing(batches))
                except Killed:
                    continue
        with self.chain.acting():
            expiry.expire()
        monkeypatch.undo()

    def expired(self) -> Counter[str]:
        """Points that the lines of expiry name so far, by card; never two lines a card and day."""
        query = (
            select(LoyaltyCard.number, Line.points, Line.business_day)
            .join(LoyaltyCard, LoyaltyCard.id == Line.card_id)
            .where(Line.type == "points_expired")
        )
        total: Counter[str] = Counter()
        with self.chain.acting() as session:
            lines = session.execute(query).all()
        assert len(lines) == len({(number, day) for number, _, day in lines})
        for number, points, _ in lines:
            total[number] -= points
        return total


class Killed(BaseException):
    pass


class Killing:
    def __init__(self, batches: int) -> None:
        self.left = batches

    def __call__(self, _cards: int) -> None:
        self.left -= 1
        if not self.left:
            raise Killed


def noon(day: date) -> datetime:
    return datetime.combine(day, time(11, 0), UTC)


AGE_1, AGE_2 = {"policy": "age", "months": 1}, {"policy": "age", "months": 2}
NEVER = {"policy": "never"}
PLANS: dict[str, dict[int, Any]] = {
    "never": {0: NEVER, 10: AGE_1, 20: {"policy": "inactivity", "days": 3}},
    "inactivity": {0: {"policy": "inactivity", "days": 6}, 14: {"policy": "inactivity", "days": 3}},
    "age": {0: AGE_2, 10: AGE_1, 20: {"policy": "inactivity", "days": 4}},
    "yearly": {
        0: {"policy": "yearly", "month_day": "02-01"},
        14: {"policy": "yearly", "month_day": "02-10"},
        22: NEVER,
        24: {"policy": "yearly", "month_day": "02-17"},
    },
}  # fmt: skip


@pytest.mark.parametrize("notices", [[], [3, 1]], ids=["silent", "announced"])
@pytest.mark.parametrize("name", PLANS)
def test_B9_thirty_nights_equal_the_rule_by_hand(
    chain: Chain, name: str, notices: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = PLANS[name]
    chain.publish(**PLAIN, expiry_notice_days=notices)
    play = Play(chain, notices, name)
    with chain.acting() as session:
        reward = rewards.Reward(name="Loaf", points=PRICE)
        session.add(reward)
        session.commit()
        play.reward = reward.id
    before = START - timedelta(days=70)
    play.publish(plan[0], before)
    with clock.at(noon(before)):
        play.hand.cards = [Card(chain.card(), before) for _ in range(5)]
    for ahead in range(0, 70, 3):
        play.day(before + timedelta(days=ahead))
    went = Counter[str]()
    for number in range(NIGHTS):
        today = START + timedelta(days=number)
        went += play.night(today, number, monkeypatch)
        if number and number in plan:
            play.publish(plan[number], today)
        play.day(today)
    assert sum(went.values()) > 0
    for card in play.hand.cards:
        assert chain.card_row(card.number).points_balance == card.points
    with chain.app.app_context():
        assert list(verify.breaches(chain.company_id)) == []
