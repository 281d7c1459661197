"""The way from the card's page to Google's wallet: Google is asked by nobody who waits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from app import clock
from app.modules.loyalty import cards
from app.modules.loyalty.wallet import GOOGLE, channels, passes
from app.modules.loyalty.wallet.google.savelink import LONGEST, SAVE
from tests.cast import Chain
from tests.wallet.fakes.google import FakeGoogle
from tests.wallet.googles import joined, pass_row, reaching
from tests.wallet.phones import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")
READY, WAIT = "Your card is ready.", "One moment."
NOT_YET = "Not ready yet."


@pytest.fixture
def fake(app: Flask) -> Iterator[FakeGoogle]:
    with FakeGoogle().running() as made, reaching(app, made):
        yield made


@pytest.fixture
def shop(chain: Chain, fake: FakeGoogle) -> Chain:
    joined(chain, fake.account(fake.issuer), issuer=fake.issuer)
    return chain


def secret_of(chain: Chain) -> str:
    number = chain.card()
    with chain.acting():
        return cards.link_secret(cards.find(number))


def address(chain: Chain, secret: str) -> str:
    return f"/s/{chain.slug}/cards/{secret}/google-wallet"


def serial_of(chain: Chain, secret: str) -> str:
    with chain.acting():
        return str(passes.serial_of(cards.by_secret(secret)))


def test_the_button_asks_nobody_and_the_page_waits_until_google_knows(
    shop: Chain, fake: FakeGoogle
) -> None:
    secret, phone = secret_of(shop), shop.browser()
    url = address(shop, secret)
    answer = phone.post(url)
    assert (answer.status_code, answer.location) == (303, url)
    page = phone.get(url)
    assert WAIT in page.text
    assert "Look again" in page.text.partition("<noscript>")[2]
    assert SAVE not in page.text
    assert not fake.calls
    settle(shop)
    page = phone.get(url)
    assert READY in page.text
    assert "<noscript>" not in page.text
    link = page.text.partition('href="' + SAVE)[2].partition('"')[0]
    assert 300 < len(SAVE + link) <= LONGEST
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_pressed_twice_it_is_one_pass(shop: Chain, fake: FakeGoogle) -> None:
    secret, phone = secret_of(shop), shop.browser()
    for _ in range(2):
        phone.post(address(shop, secret))
        settle(shop)
    assert len(fake.objects) == 1
    assert len(fake.asked("POST", "Object")) == 1
    assert READY in phone.get(address(shop, secret)).text


def test_half_a_minute_is_waited_and_then_said(shop: Chain) -> None:
    secret, phone = secret_of(shop), shop.browser()
    phone.post(address(shop, secret))
    with clock.at(clock.now() + timedelta(seconds=29)):
        assert WAIT in phone.get(address(shop, secret)).text
    with clock.at(clock.now() + timedelta(seconds=31)):
        page = phone.get(address(shop, secret)).text
    assert NOT_YET in page
    assert f'/s/{shop.slug}/cards/{secret}"' in page
    assert "<noscript>" not in page


def test_a_hiccup_is_waited_for_and_a_refusal_is_said_at_once(
    shop: Chain, fake: FakeGoogle
) -> None:
    shop.browser().post(address(shop, secret_of(shop)))
    settle(shop)
    secret, phone = secret_of(shop), shop.browser()
    phone.post(address(shop, secret))
    fake.then(503)
    settle(shop)
    assert WAIT in phone.get(address(shop, secret)).text
    with clock.at(clock.now() + timedelta(seconds=31)):
        assert NOT_YET in phone.get(address(shop, secret)).text
    with clock.at(clock.now() + timedelta(seconds=20)):
        settle(shop)
    assert READY in phone.get(address(shop, secret)).text
    refused = secret_of(shop)
    phone.post(address(shop, refused))
    fake.then(400)
    settle(shop)
    assert NOT_YET in phone.get(address(shop, refused)).text


def test_without_credentials_there_is_no_way(chain: Chain) -> None:
    secret, phone = secret_of(chain), chain.browser()
    assert phone.post(address(chain, secret)).status_code == 404
    answer = phone.get(address(chain, secret))
    assert (answer.status_code, answer.location) == (303, f"/s/{chain.slug}/cards/{secret}")


def test_a_channel_that_was_stopped_promises_nothing(shop: Chain) -> None:
    secret, phone = secret_of(shop), shop.browser()
    phone.post(address(shop, secret))
    with shop.acting() as session:
        channels.stop(GOOGLE, "403 PERMISSION_DENIED")
        session.commit()
    page = phone.get(address(shop, secret)).text
    assert NOT_YET in page
    assert "403" not in page
    assert phone.post(address(shop, secret)).status_code == 404


def test_a_card_thrown_away_is_taken_again(shop: Chain) -> None:
    secret, phone = secret_of(shop), shop.browser()
    phone.post(address(shop, secret))
    settle(shop)
    serial = serial_of(shop, secret)
    with shop.acting() as session:
        row = session.merge(pass_row(shop, serial))
        row.removed_at = clock.now()
        session.commit()
    with clock.at(clock.now() + timedelta(seconds=10)):
        phone.post(address(shop, secret))
        assert WAIT in phone.get(address(shop, secret)).text
        settle(shop)
        assert READY in phone.get(address(shop, secret)).text


def test_the_page_goes_to_google_by_itself_once_it_can(shop: Chain, page: "Page") -> None:
    secret = secret_of(shop)
    shop.browser().post(address(shop, secret))
    page.route("https://pay.google.com/**", lambda route: route.fulfill(body="saved"))
    page.goto(f"/s/{shop.slug}/cards/{secret}")
    page.goto(address(shop, secret))
    assert page.get_by_role("heading").inner_text() == WAIT
    settle(shop)
    page.wait_for_url(f"{SAVE}**", timeout=10_000)
    page.go_back()
    assert page.url.endswith(f"/s/{shop.slug}/cards/{secret}")
