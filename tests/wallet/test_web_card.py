"""The web card's page: what a picture of it gives away, what installs it, which buttons it has."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app import clock, jobs, mail
from app.modules.loyalty import cards
from app.modules.loyalty.wallet import APPLE, GOOGLE, channels, codes
from tests.browser import reading
from tests.cast import Browser, Chain
from tests.pages.test_storefront import enrol, path_of
from tests.pages.test_storefront_sessions import signed_in
from tests.wallet import pki
from tests.wallet.fakes.google import Account

# The same words on both databases.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

NOON = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)
ANDROID = {"User-Agent": "Mozilla/5.0 (Linux; Android 16) Chrome/150 Mobile"}


def the_code(chain: Chain, path: str, at: datetime) -> Any:
    with clock.at(at):
        return chain.browser().get(f"{path}/code.svg")


def test_the_picture_is_of_the_present_code_and_changes_every_half_minute(chain: Chain) -> None:
    number = chain.card()
    path = path_of(chain, number)
    first = the_code(chain, path, NOON)
    with clock.at(NOON), chain.acting():
        assert reading.digits(first.text) == codes.code_now(cards.find(number)).text
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Refresh"] == "30"
    known = {"If-None-Match": first.headers["ETag"]}
    with clock.at(NOON + timedelta(seconds=22)):
        assert chain.browser().get(f"{path}/code.svg", headers=known).status_code == 304
    with clock.at(NOON + timedelta(seconds=23)):
        later = chain.browser().get(f"{path}/code.svg", headers=known)
    assert later.status_code == 200
    assert reading.digits(later.text) != reading.digits(first.text)


def test_the_card_as_it_opens_shows_the_end_of_its_number_alone(chain: Chain) -> None:
    number = chain.card()
    page = chain.browser().get(path_of(chain, number)).text
    hidden = re.search(r"<details class=\"mine-ask\" data-number>.*?</details>", page, re.DOTALL)
    assert hidden
    assert cards.shown(number) in hidden[0]
    assert f"···· {number[-4:]}" in hidden[0]
    assert cards.shown(number) not in page.replace(hidden[0], "")


def test_a_page_without_scripts_says_that_its_code_changes(chain: Chain) -> None:
    page = chain.browser().get(path_of(chain, chain.card())).text
    told = re.search(r"<noscript>.*?</noscript>", page, re.DOTALL)
    assert told
    assert "Reload this page before you show it." in told[0]


def test_a_page_carries_its_own_cards_key_and_another_one_after_replacing(chain: Chain) -> None:
    number = chain.card()
    keys = []
    for _each in range(2):
        page = chain.browser().get(path_of(chain, number)).text
        keys += re.findall(r'data-key="([^"]+)"', page)
        number = chain.api.post(f"/cards/{number}/replace").json["number"]
    assert len(keys) == len(set(keys)) == 2


def test_the_phone_may_keep_an_open_card_and_no_closed_one(chain: Chain) -> None:
    path = path_of(chain, chain.card())
    browser = chain.browser()
    assert browser.get(path).headers["Offline-Copy"] == "allowed"
    browser.post(f"{path}/leave")
    assert "Offline-Copy" not in browser.get(path).headers


def test_the_worker_is_ours_and_may_keep_the_companys_cards_alone(chain: Chain) -> None:
    page = chain.browser().get(path := path_of(chain, chain.card())).text
    assert f'data-card="{path}"' in page
    with chain.browser().get(f"/s/{chain.slug}/card-worker.js") as worker:
        assert worker.mimetype in ("text/javascript", "application/javascript")
        assert worker.headers["Service-Worker-Allowed"] == f"/s/{chain.slug}/cards/"
        assert worker.headers["Cache-Control"] == "no-cache"
    assert f'data-worker="/s/{chain.slug}/card-worker.js"' in page


def test_the_manifest_names_pictures_that_every_phone_can_show(chain: Chain) -> None:
    path = path_of(chain, chain.card())
    body: Any = chain.browser().get(f"{path}/manifest.webmanifest").get_json(force=True)
    icons = {(one["sizes"], one["purpose"]) for one in body["icons"]}
    assert icons == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    page = chain.browser().get(path)
    touch = re.search(r'rel="apple-touch-icon" href="([^"]+)"', page.text)
    assert touch
    for address in (touch[1], *(one["src"] for one in body["icons"])):
        assert chain.browser().get(address).mimetype == "image/png"


# -- the wallets' buttons --------------------------------------------------------------------------


def reach(chain: Chain, *platforms: str) -> None:
    """The company has a way to these platforms."""
    told: dict[str, Any] = {
        APPLE: pki.told(),
        GOOGLE: {"account": Account("x@y.example", ["338"]).file},
    }
    with chain.acting() as session:
        for platform in platforms:
            channels.keep(platform, told[platform], identifier="x", by=None)
        session.commit()


def buttons(page: str) -> list[str]:
    return re.findall(r"Add to (\w+) Wallet", page)


def welcome(chain: Chain, browser: Browser) -> str:
    """The letter that enrolling sends."""
    address = f"{chain.slug}@example.org"
    enrol(chain, browser, reach=address)
    with chain.app.app_context():
        while jobs.drain():
            pass
        sent = [file.read_text() for file in mail.folder().glob("*.eml")]
    return next(each for each in sent if f"To: {address}" in each).replace("=\n", "")


def test_C16_without_credentials_no_page_and_no_letter_has_a_button_or_its_place(
    chain: Chain,
) -> None:
    path = path_of(chain, chain.card())
    for page in (chain.browser().get(path).text, welcome(chain, chain.browser())):
        assert "wallet" not in re.sub(r"icons\.svg\S*", "", page).lower()


def test_each_button_stands_where_its_platform_can_be_had(chain: Chain) -> None:
    path = path_of(chain, chain.card())
    reach(chain, APPLE)
    page = chain.browser().get(path).text
    assert buttons(page) == ["Apple"]
    assert f'href="{path}/pass.pkpass"' in page
    reach(chain, GOOGLE)
    page = chain.browser().get(path).text
    assert buttons(page) == ["Apple", "Google"]
    assert f'method="post" action="{path}/google-wallet"' in page
    with chain.acting() as session:
        channels.stop(APPLE, "the certificate is over")
        session.commit()
    assert buttons(chain.browser().get(path).text) == ["Google"]


def test_a_phones_own_wallet_comes_first_and_the_other_stays(chain: Chain) -> None:
    reach(chain, APPLE, GOOGLE)
    path = path_of(chain, chain.card())
    assert buttons(chain.browser().get(path, headers=ANDROID).text) == ["Google", "Apple"]


def test_who_signed_in_has_the_same_buttons(app: Flask, chain: Chain) -> None:
    browser, _number = signed_in(app, chain, email=f"{chain.slug}@example.org")
    me = f"/s/{chain.slug}/me"
    assert buttons(browser.get(me).text) == []
    reach(chain, APPLE, GOOGLE)
    assert buttons(browser.get(me).text) == ["Apple", "Google"]


def test_the_letter_that_brings_the_card_leads_to_the_buttons(chain: Chain) -> None:
    reach(chain, GOOGLE)
    browser = chain.browser()
    letter = welcome(chain, browser)
    assert "Put it into my phone" in letter
    assert "#wallet" in letter
