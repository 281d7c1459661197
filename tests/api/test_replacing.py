"""`POST /cards/{number}/replace`: another number, the same card."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.errors import NotFound
from app.modules.loyalty import cards
from app.modules.loyalty.api.answers import Card
from tests.api.asking import earned, problem
from tests.cast import Chain


def replace(chain: Chain, card: str, key: str | None = None) -> Any:
    return chain.api.post(f"/cards/{card}/replace", {}, key=key)


def test_a_replaced_card_keeps_all_but_its_number(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid")
    card = chain.card()
    earned(chain, card, 12_300)
    chain.stamp(card)
    before = chain.api.get(f"/cards/{card}").json
    answer = replace(chain, card)
    assert answer.status_code == 200, answer.text
    Card.model_validate(answer.json)
    new = answer.json["number"]
    assert new != card
    assert answer.json == before | {"number": new}
    assert chain.api.get(f"/cards/{new}").json == answer.json
    lines = chain.api.get(f"/cards/{new}/transactions").json["items"]
    assert [(line["card"], line["sequence"]) for line in lines] == [(new, 1), (new, 2)]
    assert earned(chain, new, 100)["sequence"] == 3


def test_the_old_number_is_not_found_anywhere(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid")
    card = chain.card()
    replace(chain, card)
    body = {"card": card, "vendor": "old-town"}
    for answer in (
        chain.api.get(f"/cards/{card}"),
        chain.api.get(f"/cards/{card}/transactions"),
        chain.api.get(f"/cards/{card}/rewards"),
        chain.api.post("/stamps/add", body),
        chain.api.post("/points/earn", body | {"amount_minor": 100}),
        chain.api.post("/points/preview", body | {"amount_minor": 100}, key=""),
        chain.api.post("/points/adjust", {"card": card, "points": 1, "reason": "r"}),
        chain.api.post(f"/cards/{card}/block"),
        replace(chain, card),
    ):
        problem(answer, 404, "not-found")


def test_the_old_link_opens_nothing_and_the_new_one_does(chain: Chain) -> None:
    card = chain.card()
    with chain.acting():
        old = cards.link_secret(cards.find(card))
    new = replace(chain, card).json["number"]
    with chain.acting():
        with pytest.raises(NotFound):
            cards.by_secret(old)
        assert cards.by_secret(cards.link_secret(cards.find(new))).number == new


def test_replacing_is_replayed_and_audited_once(chain: Chain) -> None:
    card = chain.card()
    assert replace(chain, card, key="").status_code == 400
    first = replace(chain, card, key="lost")
    again = replace(chain, card, key="lost")
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotent-Replay"] == "true"
    with chain.acting() as session:
        query = select(AuditEntry).where(AuditEntry.act == "card.replaced")
        assert len(session.scalars(query).all()) == 1


def test_a_blocked_card_stays_blocked_under_its_new_number(chain: Chain) -> None:
    card = chain.card()
    chain.api.post(f"/cards/{card}/block")
    assert replace(chain, card).json["status"] == "blocked"


def test_what_a_key_did_before_is_still_replayed_as_it_was(chain: Chain) -> None:
    card = chain.card()
    body = {"card": card, "vendor": "old-town"}
    first = chain.api.post("/stamps/add", body, key="one")
    replace(chain, card)
    assert chain.api.post("/stamps/add", body, key="one").data == first.data


@pytest.mark.parametrize("keys", [1, 10])
def test_of_ten_at_once_one_replaces_it(chain: Chain, http: httpx2.Client, keys: int) -> None:
    """With one key all hear the same answer; with ten keys nine find no such number."""
    card, api = chain.card(), chain.api_at(http)

    def ask(number: int) -> Any:
        return api.post(f"/cards/{card}/replace", {}, key=f"k{number % keys}")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert len(done) == (10 if keys == 1 else 1)
    assert len({answer.data for answer in done}) == 1
    with chain.acting() as session:
        query = select(AuditEntry).where(AuditEntry.act == "card.replaced")
        assert len(session.scalars(query).all()) == 1
