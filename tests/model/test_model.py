"""The product and the model agree in every figure: some hundred random steps on each database, a
new seed each time (a failure names it; `SEED=… make test` plays it again). `make prove` plays
thousands."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
