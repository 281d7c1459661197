"""One key, one effect, for every verb of points: replays, mismatches, and fifty at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.api.asking import balance, earned, redeem, reward, written
from tests.cast import Chain

AT_ONCE = 50


@dataclass(frozen=True)
class Asked:
    """A write: its path and body, another request, and the balance that it leaves."""

    path: str
    body: dict[str, Any]
    other: dict[str, Any]
    leaves: int


def _earning(card: str, gift: str, sale: Any) -> Asked:
    body = {"card": card, "vendor": "old-town", "amount_minor": 1_000, "reference": "a"}
    return Asked("/points/earn", body, body | {"amount_minor": 1_001}, 510)


def _adjusting(card: str, gift: str, sale: Any) -> Asked:
    body = {"card": card, "points": -20, "reason": "Twice"}
    return Asked("/points/adjust", body, body | {"points": -21}, 480)


def _redeeming(card: str, gift: str, sale: Any) -> Asked:
    body = {"card": card, "vendor": "old-town", "reward": gift}
    return Asked("/rewards/redeem", body, body | {"vendor": "station"}, 400)


def _voiding(card: str, gift: str, sale: Any) -> Asked:
    path = f"/transactions/{sale['transaction_id']}/void"
    return Asked(path, {"reason": "Back", "amount_minor": 10_000}, {"reason": "Back"}, 400)


VERBS: dict[str, Callable[[str, str, Any], Asked]] = {
    "earning": _earning,
    "adjusting": _adjusting,
    "redeeming": _redeeming,
    "voiding": _voiding,
}


@pytest.fixture(params=VERBS)
def scene(chain: Chain, request: pytest.FixtureRequest) -> tuple[Chain, str, Asked]:
    """A card with 500 points, and something to ask of it."""
    chain.publish(loyalty_type="points")
    card, gift = chain.card(), reward(chain)
    sale = earned(chain, card, 50_000)
    return chain, card, VERBS[request.param](card, gift, sale)


def test_B7_the_same_key_answers_the_same_bytes_and_writes_no_line(
    scene: tuple[Chain, str, Asked],
) -> None:
    chain, card, asked = scene
    first = chain.api.post(asked.path, asked.body, key="one")
    again = chain.api.post(asked.path, asked.body, key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert (len(chain.lines(card)), balance(chain, card)) == (2, asked.leaves)


def test_a_replay_comes_before_every_rule(scene: tuple[Chain, str, Asked]) -> None:
    chain, card, asked = scene
    first = chain.api.post(asked.path, asked.body, key="one")
    chain.publish(loyalty_type="stamps")
    chain.api.post(f"/cards/{card}/block")
    chain.switch(active=False)
    assert chain.api.post(asked.path, asked.body, key="one").data == first.data


def test_the_same_key_for_something_else_is_a_mismatch(scene: tuple[Chain, str, Asked]) -> None:
    chain, card, asked = scene
    written(chain.api.post(asked.path, asked.body, key="one"))
    for path, body in ((asked.path, asked.other), ("/points/earn", {}), ("/stamps/add", {})):
        other = chain.api.post(path, body, key="one")
        assert (other.status_code, other.json["code"]) == (422, "idempotency-mismatch")
    assert balance(chain, card) == asked.leaves


def test_a_write_without_a_key_is_refused(scene: tuple[Chain, str, Asked]) -> None:
    chain, card, asked = scene
    missing = chain.api.post(asked.path, asked.body, key="")
    assert (missing.status_code, missing.json["code"]) == (400, "idempotency-key-required")
    assert len(chain.lines(card)) == 1


def test_a_refusal_keeps_nothing_so_the_key_is_judged_anew(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    card, gift = chain.card(), reward(chain)
    body = {"card": card, "vendor": "old-town", "reward": gift}
    refused = chain.api.post("/rewards/redeem", body, key="one")
    assert refused.json["code"] == "insufficient-points"
    earned(chain, card, 10_000)
    assert chain.api.post("/rewards/redeem", body, key="one").status_code == 201


def test_B7_fifty_at_once_give_one_line_and_fifty_equal_answers(
    scene: tuple[Chain, str, Asked], http: httpx2.Client
) -> None:
    chain, card, asked = scene
    api = chain.api_at(http)
    with ThreadPoolExecutor(16) as pool:
        ask = lambda _: api.post(asked.path, asked.body, key="one")  # noqa: E731
        answers = list(pool.map(ask, range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in answers) == 1
    assert (len(chain.lines(card)), balance(chain, card)) == (2, asked.leaves)


def test_a_preview_needs_no_key_and_keeps_none(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    body = {"card": chain.card(), "vendor": "old-town", "amount_minor": 1_000}
    for key in ("", "one", "one"):
        told = chain.api.post("/points/preview", body, key=key)
        assert (told.status_code, told.json["points_balance"]) == (200, 10)
        assert "Idempotent-Replay" not in told.headers
    assert chain.api.post("/points/earn", body, key="one").status_code == 201


def test_making_a_reward_is_replayed(chain: Chain) -> None:
    body = {"name": "Coffee", "points": 100}
    first = chain.api.post("/rewards", body, key="one")
    again = chain.api.post("/rewards", body, key="one")
    assert (again.status_code, again.data) == (201, first.data)
    assert len(chain.api.get("/rewards").json["items"]) == 1


def test_two_redemptions_of_one_price_take_it_once(chain: Chain, http: httpx2.Client) -> None:
    """Different keys: the second finds too few points, however close they come."""
    chain.publish(loyalty_type="points")
    card, gift = chain.card(), reward(chain)
    earned(chain, card, 19_900)
    body = {"card": card, "vendor": "old-town", "reward": gift}
    api = chain.api_at(http)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post("/rewards/redeem", body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert balance(chain, card) == 99
    assert redeem(chain, card, gift).json["available"] == 99
