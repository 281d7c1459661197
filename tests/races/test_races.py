"""The races at modest size, on both databases; `make prove` plays them at 200 × 16."""

import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from flask import Flask

from tests.cast import Chain
from tests.races import codes, points, scenarios

ROUNDS, WIDTH = 3, 8
SCENARIOS = {
    name: scenario
    for name, scenario in (vars(scenarios) | vars(points) | vars(codes)).items()
    if inspect.isfunction(scenario) and "rounds" in inspect.signature(scenario).parameters
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_race_has_its_exact_winners(app: Flask, name: str) -> None:
    scenario: Callable[..., Any] = SCENARIOS[name]
    rounds = 1 if name == "pin_failures" else ROUNDS  # bcrypt is slow on purpose
    if "chain" in inspect.signature(scenario).parameters:
        scenario(Chain.open(app), rounds=rounds, width=WIDTH)
    else:
        scenario(app, rounds=rounds, width=WIDTH)


def test_every_race_whose_verbs_exist_is_run() -> None:
    assert len(SCENARIOS) == 14 + 19 + 1


def test_C7_parallel_stamps_give_exactly_one(chain: Chain, http: httpx2.Client) -> None:
    """Twenty terminals, through HTTP, on a real server: one line."""
    card, api = chain.card(), chain.api_at(http)
    body = {"card": card, "vendor": chain.vendor.slug}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api.post("/stamps/add", body), range(20)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 19
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"cooldown"}
    scenarios.books_hold(chain, card, stamps=1)


def test_a_broken_book_is_noticed(chain: Chain) -> None:
    """The judge can say no."""
    card = chain.card()
    chain.stamp(card)
    with chain.acting() as session:
        session.execute(
            scenarios.LoyaltyCard.__table__.update()
            .where(scenarios.LoyaltyCard.__table__.c.company_id == chain.company_id)
            .values(stamps_balance=2)
        )
        session.commit()
    with pytest.raises(AssertionError):
        scenarios.books_hold(chain, card)
