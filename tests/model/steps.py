"""Random steps: which verb comes next, of whom, when. One seed is one story."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .books import Line
from .programme import Programme
from .world import World

BIRTHDAYS = [date(1988, 2, 29), date(1990, 12, 31), date(2000, 1, 1)]
CATEGORIES = ("books", "food")
# Where days and hours are odd: year ends, leap days, nights an hour longer or shorter.
ODD_HOURS = [
    datetime(2027, 12, 31, 10, 30, tzinfo=UTC),
    datetime(2028, 2, 27, 22, 0, tzinfo=UTC),
    datetime(2028, 3, 25, 23, 30, tzinfo=UTC),
    datetime(2028, 4, 1, 13, 30, tzinfo=UTC),
    datetime(2028, 9, 23, 13, 30, tzinfo=UTC),
    datetime(2028, 10, 29, 0, 30, tzinfo=UTC),
    datetime(2028, 12, 31, 22, 30, tzinfo=UTC),
    datetime(2029, 2, 27, 22, 30, tzinfo=UTC),
    datetime(2030, 3, 31, 0, 30, tzinfo=UTC),
]
RULES: dict[str, list[Any]] = {
    "loyalty_type": [*["hybrid"] * 6, "points", "stamps"],
    "points_per_unit": [1, 3, 7, 10],
    "unit_minor": [100, 100, 1000, 70, 333],
    "max_points_per_order": [None, 500, 60],
    "minimum_purchase_minor": [0, 0, 500, 1],
    "minimum_redemption_points": [0, 20, 100],
    "welcome_bonus_points": [0, 25],
    "welcome_bonus_when": ["enrolment", "first_visit"],
    "birthday_bonus_bp": [0, 1_000, 3_333],
    "category_rates": [{}, {"books": 2, "food": 11}, {"books": 5, "food": 0}],
    "void_policy": ["debt", "forgive"],
    "cooldown_minutes": [0, 15, 60],
    "max_daily_stamps": [None, 5, 2],
    "stamps_per_sale": [0, 1, 2],
    "stamps_target": [3, 10],
    "bonus_stacking": ["sum", "best"],
}
BONUSES: list[list[dict[str, Any]]] = [
    [],
    [{"name": "happy hour", "percent_bp": 2_500, "from_time": "22:00", "until_time": "03:00"}],
    [
        {"name": "hello", "points": 10, "first_visit": True},
        {"name": "third", "points": 5, "every": 3},
        {"name": "readers", "percent_bp": 1_500, "categories": ["books"]},
    ],
    [
        {"name": "weekend", "percent_bp": 1_111, "weekdays": [6, 7]},
        {"name": "leap", "points": 29, "starts_on": "2028-02-29", "ends_on": "2028-02-29"},
        {"name": "birthday too", "percent_bp": 500, "birthday": True},
    ],
]
LADDERS = [
    [("Bronze", 0, 10_000), ("Silver", 50, 12_500), ("Gold", 150, 15_000), ("Top", 500, 20_000)],
    [("Bronze", 0, 10_000), ("Silver", 300, 11_111)],
]
FULL: dict[str, Any] = {
    "category_rates": {"books": 5, "food": 3},
    "loyalty_type": "hybrid",
    "minimum_redemption_points": 20,
    "points_per_unit": 7,
    "max_points_per_order": 300,
    "cooldown_minutes": 15,
    "stamps_target": 3,
}


class Story:
    """Plays random steps on a world; the clock goes forward, and at times a little back."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.now = self.random.choice(ODD_HOURS)
        self.shops = list(world.model.shops)
        world.seed = seed

    def begin(self, cards: int = 4) -> None:
        """Rules that let everything happen, rewards, and a few cards."""
        self._play("publish", **FULL)
        self._play("tiers", tiers=ladder(LADDERS[0]))
        for points, stamps in ((20, 0), (50, 0), (120, 0), (30, 2)):
            self._play("reward", name=f"for {points}", points=points, stamps=stamps)
        for _ in range(cards):
            self._enrol()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self._wait()
            (act,) = self.random.choices(list(self._acts()), list(self._acts().values()))
            act()

    def _acts(self) -> dict[Callable[[], None], int]:
        return {
            self._earn: 36,
            self._stamp: 12,
            self._redeem_stamps: 4,
            self._redeem: 18,
            self._adjust: 5,
            self._void: 22,
            self._block: 3,
            self._publish: 4,
            self._switch: 1,
            self._enrol: 1,
            self._replace: 1,
        }

    def _wait(self) -> None:
        chance = self.random.random()
        ahead = [moment for moment in ODD_HOURS if moment > self.now]
        if chance < 0.01 and ahead:
            self.now = ahead[0]
        elif chance < 0.03:
            self.now -= timedelta(seconds=self.random.randrange(1, 1_800))
        elif chance < 0.5:
            self.now += timedelta(seconds=self.random.randrange(1, 600))
        elif chance < 0.55:
            self.now += timedelta(minutes=15, seconds=5 * self.world.late)  # to the second
        else:
            self.now += timedelta(seconds=self.random.randrange(600, 20_000))

    # -- one step each ----------------------------------------------------------------------------

    def _earn(self) -> None:
        number, shop, sale = self._card(), self._shop(), self._sale()
        if self.random.random() < 0.3:
            self._play("preview", number=number, shop=shop, **sale)
        self._play("earn", number=number, shop=shop, **sale)

    def _sale(self) -> dict[str, Any]:
        amount = self.random.choice([0, 1, 99, 499, 500, 1_000, self.random.randrange(1, 9_999)])
        if self.random.random() < 0.6:
            return {"amount": amount, "category": self._category()}
        second = self.random.randrange(1, 5_000)
        lines = [(amount, self._category()), (second, self._category())]
        total = sum(each for each, _ in lines)
        wrong = self.random.random() < 0.1
        return {"lines": lines, "amount": self.random.choice([None, total + wrong])}

    def _category(self) -> str | None:
        """None, one that has a rate, and at times one that may have none."""
        rated = sorted(self.model.rules["category_rates"])
        return self.random.choice([None, None, *rated, *rated, self.random.choice(CATEGORIES)])

    def _stamp(self) -> None:
        quantity = self.random.choice([1, 1, 1, 2, 3])
        self._play("stamp", number=self._card(), shop=self._shop(), quantity=quantity)

    def _redeem_stamps(self) -> None:
        self._play("redeem_stamps", number=self._card(), shop=self._shop())

    def _redeem(self) -> None:
        reward = self.random.choice([*self.model.rewards, "12345"])
        self._play("redeem", number=self._card(), reward=reward, shop=self._shop())

    def _adjust(self) -> None:
        self._play("adjust", number=self._card(), points=self.random.randrange(-60, 90) or 1)

    def _void(self) -> None:
        number = self._card()
        lines = self.model.cards[number].lines
        if lines:
            line = self.random.choice(lines[-12:])
            self._play("void", number=number, sequence=line.sequence, amount=self._part(line))

    def _part(self, line: Line) -> int | None:
        if not line.amount or self.random.random() < 0.5:
            return None
        return self.random.choice([1, line.amount // 3 or 1, line.amount, line.amount + 1])

    def _block(self) -> None:
        number = self._card()
        blocked = self.model.cards[number].status == "active" and self.random.random() < 0.3
        self._play("block", number=number, blocked=blocked)

    def _publish(self) -> None:
        if self.random.random() < 0.2:
            self._play("tiers", tiers=ladder(self.random.choice(LADDERS)))
        elif self.random.random() < 0.3:
            self._play("publish", bonuses=self.random.choice(BONUSES))
        else:
            names = self.random.sample(sorted(RULES), 3)
            self._play("publish", **{name: self.random.choice(RULES[name]) for name in names})

    def _switch(self) -> None:
        """Off for some steps, and on again."""
        until = self.now.date() + timedelta(days=self.random.choice([0, 1]))
        self._play("switch", active=False, redeemable_until=self.random.choice([None, until]))
        for _ in range(6):
            self._wait()
            self.random.choice([self._earn, self._redeem, self._void, self._stamp, self._enrol])()
        self._play("switch", active=True)

    def _enrol(self) -> None:
        """Somebody whose birthday is today, tomorrow, or at a year's odd end; or is not told."""
        today = self.now.date().replace(year=1984)
        born = self.random.choice([*BIRTHDAYS, today, today + timedelta(days=1), None])
        self._play("enrol", shop=self._shop(), born=born)

    def _replace(self) -> None:
        self._play("replace", number=self._card())

    # -- whom and where ---------------------------------------------------------------------------

    @property
    def model(self) -> Programme:
        return self.world.model

    def _card(self) -> str:
        """One of the latest cards, so that much happens to each."""
        return self.random.choice(list(self.model.cards)[-4:])

    def _shop(self) -> str:
        return self.random.choice(self.shops)

    def _play(self, verb: str, **asked: Any) -> None:
        self.world.play(verb, self.now, **asked)


def ladder(rungs: list[tuple[str, int, int]]) -> list[dict[str, Any]]:
    names = ("name", "min_lifetime_points", "multiplier_bp")
    return [dict(zip(names, rung, strict=True)) for rung in rungs]
