"""The product and the model agree in every figure: some hundred random steps on each database, a
new seed each time (a failure names it; `SEED=… make test` plays it again). `make prove` plays
thousands."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from math import ceil

import httpx2
import pytest
from flask import Flask

from app import verify
from tests.cast import Chain
from tests.servers import Web

from .products import OverApi
from .steps import Story
from .world import Clock, World

STEPS, STEPS_OVER_THE_WIRE = 250, 40


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("SEED", "0")) or secrets.randbelow(10**6)


def test_random_steps_never_differ_from_the_model(app: Flask, chain: Chain, seed: int) -> None:
    product = OverApi(chain, chain.api, twice=every(7))
    world = World(chain, product)
    story = Story(world, seed)
    story.begin()
    story.run(STEPS)
    assert product.replayed
    with app.app_context():
        assert list(verify.breaches(chain.company_id)) == [], f"seed {seed}"


def test_nor_at_corners_that_chance_seldom_finds(chain: Chain) -> None:
    """B5 on the 28th and 29th of February; C13 with debts forgiven, and not needed after all."""
    world = World(chain, OverApi(chain, chain.api))
    rules = {"loyalty_type": "hybrid", "minimum_redemption_points": 0, "unit_minor": 1}
    noon = datetime(2027, 2, 28, 10, tzinfo=UTC)
    world.play("publish", noon, **rules, birthday_bonus_bp=1_000, void_policy="forgive")
    world.play("reward", noon, name="all of it", points=100, stamps=0)
    world.play("enrol", noon, shop="old-town", born=date(1988, 2, 29))
    (card,), (reward,) = world.model.cards, world.model.rewards
    for day in (noon, noon.replace(year=2028), noon.replace(year=2028, day=29)):
        for _ in range(2):
            world.play("earn", day, number=card, shop="old-town", amount=10)
    later = noon.replace(year=2029, month=5)
    world.play("adjust", later, number=card, points=-62)
    for amount in (100, 50):
        world.play("earn", later, number=card, shop="station", amount=amount)
    world.play("redeem", later, number=card, reward=reward, shop="old-town")
    for sequence in (8, 9, 10):
        assert world.play("void", later, number=card, sequence=sequence) is None
    assert world.model.cards[card].points == 0


def test_nor_on_a_server_whose_clock_is_moved(
    chain: Chain, http: httpx2.Client, live: Web, seed: int
) -> None:
    world = World(chain, OverApi(chain, chain.api_at(http)), at=moving(live), late=2)
    story = Story(world, seed)
    story.begin(cards=2)
    story.run(STEPS_OVER_THE_WIRE)


def every(nth: int) -> Callable[[], bool]:
    """True each so many times."""
    asked = iter(range(1, 10**9))
    return lambda: next(asked) % nth == 0


def moving(web: Web) -> Clock:
    """The server's clock at a moment, by its CLOCK_FILE: there, or up to a second after."""

    @contextmanager
    def at(moment: datetime) -> Iterator[None]:
        shift = ceil((moment - datetime.now(UTC)).total_seconds())
        web.move_clock(shift)
        try:
            yield
        finally:
            web.move_clock(0)

    return at
