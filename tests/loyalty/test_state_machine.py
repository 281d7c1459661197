"""The loyalty services under any order of verbs, against the independent model of `tests/model`.

Hypothesis chooses verbs, cards, shops, amounts and moments; every answer, card, line and lot is
compared after each step, and at the end everything that `verify` knows holds.
"""

from datetime import date, timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from app import verify
from tests.cast import Chain
from tests.model.products import ByService
from tests.model.steps import BONUSES, FULL, LADDERS, ODD_HOURS, RULES, ladder
from tests.model.world import World

NUMBERS = some.integers(0, 7)
AMOUNTS = some.integers(0, 12_000)
CATEGORIES = some.sampled_from([None, "books", "food"])


class Programme(RuleBasedStateMachine):
    """A card is told by its place among those that there are, a line by its place among its
    card's, so that whatever is drawn is somebody's."""

    application: Flask

    @initialize(start=some.sampled_from(ODD_HOURS), rungs=some.sampled_from(LADDERS))
    def begin(self, start: Any, rungs: Any) -> None:
        chain = Chain.open(self.application)
        self.world, self.now = World(chain, ByService(chain)), start
        self._play("publish", **FULL)
        self._play("tiers", tiers=ladder(rungs))
        for points, stamps in ((20, 0), (70, 0), (30, 2)):
            self._play("reward", name=f"for {points}", points=points, stamps=stamps)
        self._play("enrol", shop="old-town", born=start.date().replace(year=1984))

    @rule(seconds=some.one_of(some.just(900), some.integers(-900, 90_000)))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(which=NUMBERS, second=some.booleans(), amount=AMOUNTS, category=CATEGORIES)
    def earn(self, which: int, second: bool, amount: int, category: str | None) -> None:
        sale = {"number": self._card(which), "shop": self._shop(second), "amount": amount}
        self._play("preview", **sale, category=category)
        self._play("earn", **sale, category=category)

    @rule(
        which=NUMBERS,
        second=some.booleans(),
        lines=some.lists(some.tuples(AMOUNTS, CATEGORIES), min_size=1, max_size=4),
    )
    def earn_by_lines(self, which: int, second: bool, lines: list[Any]) -> None:
        self._play("earn", number=self._card(which), shop=self._shop(second), lines=lines)

    @rule(which=NUMBERS, second=some.booleans(), quantity=some.integers(1, 4))
    def stamp(self, which: int, second: bool, quantity: int) -> None:
        card, shop = self._card(which), self._shop(second)
        self._play("stamp", number=card, shop=shop, quantity=quantity)

    @rule(which=NUMBERS, second=some.booleans())
    def redeem_stamps(self, which: int, second: bool) -> None:
        self._play("redeem_stamps", number=self._card(which), shop=self._shop(second))

    @rule(which=NUMBERS, second=some.booleans(), reward=some.integers(0, 2))
    def redeem(self, which: int, second: bool, reward: int) -> None:
        chosen = list(self.world.model.rewards)[reward]
        self._play("redeem", number=self._card(which), reward=chosen, shop=self._shop(second))

    @rule(which=NUMBERS, points=some.integers(-200, 200).filter(bool))
    def adjust(self, which: int, points: int) -> None:
        self._play("adjust", number=self._card(which), points=points)

    @rule(which=NUMBERS, back=some.integers(0, 9), percent=some.none() | some.integers(1, 120))
    def void(self, which: int, back: int, percent: int | None) -> None:
        card = self._card(which)
        lines = self.world.model.cards[card].lines
        if not lines:
            return
        line = lines[-1 - back % len(lines)]
        amount = (line.amount * percent // 100 or 1) if line.amount and percent else None
        self._play("void", number=card, sequence=line.sequence, amount=amount)

    @rule(which=NUMBERS, blocked=some.booleans())
    def block(self, which: int, blocked: bool) -> None:
        self._play("block", number=self._card(which), blocked=blocked)

    @rule(born=some.none() | some.dates(date(1950, 1, 1), date(2020, 1, 1)))
    def enrol(self, born: date | None) -> None:
        self._play("enrol", shop="station", born=born)

    @rule(name=some.sampled_from(sorted(RULES)), choice=some.integers(0, 7))
    def publish(self, name: str, choice: int) -> None:
        self._play("publish", **{name: RULES[name][choice % len(RULES[name])]})

    @rule(bonuses=some.sampled_from(BONUSES))
    def publish_bonuses(self, bonuses: list[dict[str, Any]]) -> None:
        self._play("publish", bonuses=bonuses)

    @rule(active=some.booleans(), days=some.none() | some.integers(0, 2))
    def switch(self, active: bool, days: int | None) -> None:
        until = None if active or days is None else self.now.date() + timedelta(days=days)
        self._play("switch", active=active, redeemable_until=until)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            with self.application.app_context():
                breaches = verify.breaches(self.world.chain.company_id)
                assert [str(breach) for breach in breaches] == []

    def _play(self, verb: str, **asked: Any) -> None:
        self.world.play(verb, self.now, **asked)

    def _card(self, which: int) -> str:
        cards = list(self.world.model.cards)
        return cards[which % len(cards)]

    def _shop(self, second: bool) -> str:
        return "station" if second else "old-town"


def test_services_and_model_agree_whatever_happens_in_which_order(app: Flask) -> None:
    class Here(Programme):
        application = app

    budget = settings(
        max_examples=6,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=budget)
