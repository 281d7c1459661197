"""One key, one effect: retries, other requests, and fifty at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.cast import Chain

ADD = "/stamps/add"
AT_ONCE = 50


def enrolment(email: str) -> dict[str, Any]:
    return {"email": email, "terms_accepted": True}


def test_B7_the_same_key_answers_the_same_bytes_and_writes_no_line(chain: Chain) -> None:
    card = chain.card()
    body = {"card": card, "vendor": "old-town"}
    first = chain.api.post(ADD, body, key="one")
    again = chain.api.post(ADD, body, key="one")
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert len(chain.lines(card)) == 1


def test_a_replay_comes_before_the_rules(chain: Chain) -> None:
    card = chain.card()
    body = {"card": card, "vendor": "old-town"}
    first = chain.api.post(ADD, body, key="one")
    chain.api.post(f"/cards/{card}/block")
    chain.switch(active=False)
    assert chain.api.post(ADD, body, key="one").data == first.data


def test_an_enrolment_is_replayed_with_its_status(chain: Chain) -> None:
    body = enrolment("zoe@example.org")
    first = chain.api.post("/cards", body, key="one")
    again = chain.api.post("/cards", body, key="one")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotent-Replay"] == "true"
    assert chain.api.post("/cards", body, key="two").status_code == 200


def test_a_change_of_the_programme_is_replayed(chain: Chain) -> None:
    first = chain.api.patch("/program", {"stamps_target": 7}, key="one")
    chain.api.patch("/program", {"stamps_target": 9})
    assert chain.api.patch("/program", {"stamps_target": 7}, key="one").data == first.data
    assert chain.api.get("/program").json["stamps_target"] == 9


@pytest.mark.parametrize("change", [{"quantity": 2}, {"quantity": 0}, {"vendor": "station"}])
def test_the_same_key_for_another_request_is_a_mismatch(
    chain: Chain, change: dict[str, Any]
) -> None:
    card = chain.card()
    body = {"card": card, "vendor": "old-town"}
    chain.api.post(ADD, body, key="one")
    other = chain.api.post(ADD, body | change, key="one")
    assert (other.status_code, other.json["code"]) == (422, "idempotency-mismatch")
    redeem = chain.api.post("/stamps/redeem", body, key="one")
    assert redeem.json["code"] == "idempotency-mismatch"
    assert len(chain.lines(card)) == 1


def test_a_refusal_keeps_nothing_so_the_key_is_judged_anew(chain: Chain) -> None:
    card = chain.card()
    body = {"card": card, "vendor": "old-town"}
    chain.switch(active=False)
    assert chain.api.post(ADD, body, key="one").json["code"] == "program-inactive"
    chain.switch(active=True)
    assert chain.api.post(ADD, body, key="one").status_code == 201


@pytest.mark.parametrize("path", [ADD, "/stamps/redeem", "/cards", "/cards/000000000000/block"])
def test_a_write_without_a_key_or_with_a_long_one_is_refused(chain: Chain, path: str) -> None:
    missing = chain.api.post(path, {}, key="")
    assert (missing.status_code, missing.json["code"]) == (400, "idempotency-key-required")
    assert chain.api.post(path, {}, key="x" * 256).status_code == 400


def test_a_key_of_255_characters_is_good(chain: Chain) -> None:
    body = {"card": chain.card(), "vendor": "old-town"}
    first = chain.api.post(ADD, body, key="k" * 255)
    assert first.status_code == 201
    assert chain.api.post(ADD, body, key="k" * 255).data == first.data


def test_two_partners_may_use_the_same_key(chain: Chain, other_chain: Chain) -> None:
    for each in (chain, other_chain):
        body = {"card": each.card(), "vendor": "old-town"}
        assert each.api.post(ADD, body, key="one").status_code == 201


@pytest.mark.parametrize("rules", [{}, {"cooldown_minutes": 0, "max_daily_stamps": None}])
def test_B7_fifty_at_once_give_one_line_and_fifty_equal_answers(
    chain: Chain, http: httpx2.Client, rules: dict[str, Any]
) -> None:
    chain.publish(**rules) if rules else None
    card, api = chain.card(), chain.api_at(http)
    body = {"card": card, "vendor": "old-town"}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: api.post(ADD, body, key="one"), range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in answers) == 1
    assert len(chain.lines(card)) == 1


def test_fifty_enrolments_at_once_give_one_card_and_fifty_equal_answers(
    chain: Chain, http: httpx2.Client
) -> None:
    api, body = chain.api_at(http), enrolment("zoe@example.org")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: api.post("/cards", body, key="one"), range(AT_ONCE)))
    assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
    assert len(chain.api.get("/cards").json["items"]) == 1


def test_one_key_at_two_cards_at_once_stamps_one(chain: Chain, http: httpx2.Client) -> None:
    api, cards = chain.api_at(http), [chain.card(), chain.card()]

    def attempt(number: int) -> str:
        body = {"card": cards[number % 2], "vendor": "old-town"}
        answer = api.post(ADD, body, key="one")
        return answer.json.get("code", answer.json.get("card"))

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(attempt, range(20)))
    assert said.count("idempotency-mismatch") == 10
    assert sum(len(chain.lines(card)) for card in cards) == 1
