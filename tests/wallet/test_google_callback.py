"""What Google tells us is believed where Google signed it for us, now, and once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import clock
from app.modules.loyalty.wallet import GoogleNonce, google
from app.modules.loyalty.wallet.google import objects
from tests.cast import Chain
from tests.wallet.fakes.google import Account, FakeGoogle
from tests.wallet.googles import joined, pass_row, reaching, take


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, passes and companies are in the way."""
    return quiet_app


URL = "/wallet/google/callback"
ISSUER = "3388000000022"
Json = dict[str, Any]


@pytest.fixture
def fake(app: Flask) -> Iterator[FakeGoogle]:
    with FakeGoogle().running() as made, reaching(app, made):
        yield made


@pytest.fixture
def account(fake: FakeGoogle) -> Account:
    return fake.account(ISSUER)


@pytest.fixture
def serial(chain: Chain, account: Account) -> str:
    """A pass of the chain's, whose objects are with this issuer."""
    joined(chain, account, issuer=ISSUER)
    return take(chain, chain.card())


def post(chain: Chain, message: Json | bytes) -> TestResponse:
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return chain.app.test_client().post(URL, data=raw, content_type="application/json")


def message(fake: FakeGoogle, chain: Chain, serial: str, **told: Any) -> Json:
    named = {"class_suffix": objects.class_suffix(chain.company_id), "object_suffix": serial}
    return fake.signing.message(**({"issuer": ISSUER} | named | told))


def nonces(chain: Chain) -> int:
    with chain.acting() as session:
        return int(session.scalar(select(func.count()).select_from(GoogleNonce)) or 0)


def test_a_card_thrown_away_is_sent_nothing_until_it_is_saved_again(
    chain: Chain, fake: FakeGoogle, serial: str
) -> None:
    assert post(chain, message(fake, chain, serial, event="del")).status_code == 204
    row = pass_row(chain, serial)
    assert row.removed_at is not None
    wanted = row.wanted
    assert post(chain, message(fake, chain, serial)).status_code == 204
    row = pass_row(chain, serial)
    assert (row.removed_at, row.wanted, row.sent_tag) == (None, wanted + 1, None)
    assert row.due_at
    assert nonces(chain) == 2


def test_a_message_counts_once(chain: Chain, fake: FakeGoogle, serial: str) -> None:
    thrown = message(fake, chain, serial, event="del")
    assert post(chain, thrown).status_code == 204
    assert post(chain, message(fake, chain, serial)).status_code == 204
    assert post(chain, thrown).status_code == 204, "who lost the answer asks again, and may rest"
    assert pass_row(chain, serial).removed_at is None
    assert nonces(chain) == 2


TOLD: dict[str, Json] = {
    "for another issuer": {"recipient": "3388000000099"},
    "of another issuer's card": {"issuer": "3388000000099"},
    "by another sender": {"sender": "GooglePay"},
    "too late": {"lives": timedelta(seconds=-1)},
    "with a key that has ended": {"key_lives": timedelta(seconds=-1)},
    "of an unknown class": {"class_suffix": "coffee-1"},
    "of an unknown company": {"class_suffix": "loyalty-7fffffffffffffff"},
    "of an unknown card": {"object_suffix": "1-2-3"},
    "of a card that is no serial": {"object_suffix": "x"},
    "of an unknown event": {"event": "update"},
    "with an endless nonce": {"nonce": "n" * 121},
    "with a nonce of nothing": {"nonce": "\0"},
}


def test_what_is_not_for_us_or_not_now_is_not_acted_upon(
    chain: Chain, fake: FakeGoogle, serial: str
) -> None:
    renamed = {"object_suffix": "1-" + serial.partition("-")[2]}
    for why, told in (TOLD | {"of its card under another company's name": renamed}).items():
        sent = message(fake, chain, serial, **({"event": "del"} | told))
        assert post(chain, sent).status_code == 401, why
    refused(chain, serial, post(chain, b"{"))


def refused(chain: Chain, serial: str, answer: TestResponse) -> None:
    """All are told the same, and nothing is written."""
    assert answer.status_code == 401
    assert answer.json
    assert answer.json["detail"] == "This message is not accepted here."
    assert pass_row(chain, serial).removed_at is None
    assert nonces(chain) == 0


def test_signed_by_anybody_else_is_signed_by_nobody(
    chain: Chain, fake: FakeGoogle, serial: str
) -> None:
    stranger = FakeGoogle().signing
    told = stranger.message(
        issuer=ISSUER,
        class_suffix=objects.class_suffix(chain.company_id),
        object_suffix=serial,
        event="del",
    )
    refused(chain, serial, post(chain, told))


def test_a_card_of_the_company_next_door_is_not_touched(
    chain: Chain, other_chain: Chain, account: Account, fake: FakeGoogle, serial: str
) -> None:
    joined(other_chain, account, issuer=ISSUER)
    told = message(fake, other_chain, serial, event="del")
    refused(chain, serial, post(chain, told))


def test_a_body_without_end_is_not_read(chain: Chain) -> None:
    assert post(chain, b"x" * (google.callback.LARGEST + 1)).status_code == 413


def test_the_keys_are_asked_for_once_and_anew_when_they_end(
    chain: Chain, fake: FakeGoogle, serial: str
) -> None:
    for _ in range(3):
        assert post(chain, message(fake, chain, serial)).status_code == 204
    assert fake.signing.asked == 1
    with clock.at(clock.now() + timedelta(hours=2)):
        assert post(chain, message(fake, chain, serial)).status_code == 204
    assert fake.signing.asked == 2


def test_without_the_keys_google_is_asked_to_come_back(
    chain: Chain, fake: FakeGoogle, serial: str
) -> None:
    fake.signing.away = True
    told = message(fake, chain, serial, event="del")
    assert [post(chain, told).status_code for _ in range(3)] == [503] * 3
    assert fake.signing.asked == 1
    fake.signing.away = False
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert post(chain, told).status_code == 204
