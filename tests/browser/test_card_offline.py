"""The web card in a real browser: it rotates, opens without a network, and installs."""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from app import clock
from app.modules.loyalty import cards
from app.modules.loyalty.wallet import codes
from config import ROOT
from tests.browser import reading
from tests.browser.witness import PHONE, Witness
from tests.cast import Chain
from tests.pages.test_storefront import path_of
from tests.servers import Web

# What is drawn and kept does not depend on the database.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def phone(browser: Browser, live: Web) -> Iterator[Witness]:
    """A customer's phone."""
    witness = Witness.of(browser, live.url, PHONE)
    yield witness
    witness.context.close()


def drawn_on(page: Page) -> str:
    """The picture that the page shows now, once it was drawn on the phone."""
    expect(page.locator(".code img")).to_have_attribute("src", re.compile("^data:image/svg"))
    return page.locator(".code img").get_attribute("src") or ""


def scan(chain: Chain, code: str, *, at: datetime | None = None) -> Any:
    """The answer of the paired terminal to a scan."""
    with clock.at(at or clock.now()):
        return chain.terminal().post("/terminal/find", data={"card": code})


def kept_copy(page: Page) -> None:
    """Wait until the phone has its copy."""
    page.evaluate(
        """async () => {
          const needed = ["/pocket.css", "/qr.js", "/icons.svg", "/brand.css"];
          for (;;) {
            for (const name of await caches.keys()) {
              const kept = await (await caches.open(name)).keys();
              const paths = kept.map(({ url }) => new URL(url).pathname);
              if (needed.every((part) => paths.some((path) => path.endsWith(part)))) return;
            }
            await new Promise((done) => setTimeout(done, 20));
          }
        }"""
    )


def test_the_phone_draws_what_the_reference_draws(page: Page) -> None:
    """Hundreds of codes: each is read back, and drawn again by the server's library."""
    page.goto("/static/img/mark.svg")
    chance = random.Random(5)
    texts = [str(chance.randrange(10**26, 10**27)) for _each in range(300)]
    texts += ["0" * 27, "9" * 27, "1", "12", "123456789012345678901234567890123"]
    script = (ROOT / "static/js/lib/qr.js").read_text().replace("export ", "")
    drawn = page.evaluate(f"(texts) => {{ {script}; return texts.map(modules); }}", texts)
    assert [reading.said(rows) for rows in drawn] == texts


# A phone whose clock is wrong, and whose timers run a hundred times as fast.
HASTY = """
  const real = { now: Date.now, setTimeout };
  window.wrong = -5_000_000;
  Date.now = () => real.now() + window.wrong;
  window.setTimeout = (work, wait) => real.setTimeout.call(window, work, wait / 100);
"""


def test_the_code_on_the_card_rotates_by_the_servers_clock(
    chain: Chain, phone: Witness, live: Web
) -> None:
    number, page = chain.card(), phone.page
    with chain.acting():
        card = cards.find(number)
        name, key = codes.name_of(card.id), codes.totp_key(card.id, card.link_version)
    page.add_init_script(HASTY)
    page.goto(path_of(chain, number))
    first = drawn_on(page)
    step = int(clock.now().timestamp()) // codes.STEP_SECONDS
    about = [name + codes.totp(key, each) for each in range(step - 1, step + 3)]
    assert reading.digits(first) in about[:2]
    page.evaluate("wrong += 30_000")
    expect(page.locator(".code img")).not_to_have_attribute("src", first)
    second = reading.digits(drawn_on(page))
    assert about.index(second) > about.index(reading.digits(first))
    page.locator(".code").click()
    large = page.locator("dialog.bright img")
    expect(large).to_be_visible()
    assert reading.digits(large.get_attribute("src") or "") in about
    expect(page.locator("dialog.bright")).not_to_contain_text(cards.shown(number))
    assert not phone.complaints


def test_without_a_network_the_card_opens_and_its_codes_work_once(
    chain: Chain, phone: Witness
) -> None:
    chain.publish(cooldown_minutes=0)
    number, page = chain.card(first_name="Anouk", email="a@example.org"), phone.page
    chain.stamp(number, 3)
    page.goto(path_of(chain, number))
    kept_copy(page)
    phone.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("There is no network.")).to_be_visible()
    expect(page.locator(".stamp--in")).to_have_count(3)
    phone.complaints[:] = [one for one in phone.complaints if "ERR_INTERNET_DISC" not in one]
    phone.approves("customer-card-offline")
    code = reading.digits(drawn_on(page))
    assert scan(chain, code).location == f"/terminal/cards/{number}"
    again = scan(chain, code)
    assert again.status_code == 409
    assert "This code was used already." in again.text
    late = scan(chain, code, at=clock.now() + timedelta(seconds=61))
    assert "This code is older than a minute." in late.text
    phone.context.set_offline(False)
    expect(page.get_by_text("There is no network.")).to_be_hidden()


@pytest.mark.parametrize("end", ["replaced", "left"])
def test_the_phone_forgets_a_card_whose_link_leads_nowhere_or_that_was_closed(
    chain: Chain, phone: Witness, end: str
) -> None:
    number, page = chain.card(), phone.page
    path = path_of(chain, number)
    page.goto(path)
    kept_copy(page)
    assert page.evaluate("caches.keys()") == [f"card {path}"]
    if end == "replaced":
        chain.api.post(f"/cards/{number}/replace")
    else:
        chain.browser().post(f"{path}/leave")
    page.goto(path)
    told = "Not found" if end == "replaced" else "This card is closed."
    expect(page.get_by_role("heading", level=1)).to_have_text(told)
    assert page.evaluate("caches.keys()") == []
    phone.context.set_offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(path)


def test_the_copy_holds_the_card_and_nothing_of_a_session(chain: Chain, phone: Witness) -> None:
    page = phone.page
    page.goto(f"/s/{chain.slug}/")
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Phone or e-mail").fill(f"{chain.slug}@example.org")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Get my card").click()
    expect(page.get_by_text("Your card is made.")).to_be_visible()
    kept_copy(page)
    page.goto(page.url + "/history")
    page.goto(page.url.replace("/history", "/details"))
    kept = page.evaluate(
        """async () => {
          const cache = await caches.open((await caches.keys())[0]);
          const all = await cache.keys();
          const pages = all.filter(({ url }) => !/[.](js|css|svg)($|[?])/.test(url));
          return Promise.all(pages.map(async (one) => (await cache.match(one)).text()));
        }"""
    )
    assert len(kept) == 1
    assert "Zoë’s card" in kept[0]
    for of_the_session in ("Your card is made.", "csrf", chain.slug + "@example.org"):
        assert of_the_session not in kept[0]


def test_where_the_address_is_not_secure_the_server_draws(chain: Chain, phone: Witness) -> None:
    """As on a shop's own network without https: there is neither WebCrypto nor a worker."""
    number, page = chain.card(), phone.page
    page.add_init_script(
        "Object.defineProperty(crypto, 'subtle', {value: undefined});"
        "Object.defineProperty(Navigator.prototype, 'serviceWorker', {value: undefined});"
    )
    page.goto(path_of(chain, number))
    picture = page.locator(".code img")
    expect(picture).to_have_attribute("src", re.compile(r"/code[.]svg[?]\d+$"))
    answer = page.request.get(picture.get_attribute("src") or "")
    assert scan(chain, reading.digits(answer.text())).status_code == 303
    assert not phone.complaints
    expect(page.locator(".mine-number")).to_be_hidden()
    phone.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".mine-number")).to_have_text(cards.shown(number))


def test_the_number_shows_when_it_is_asked_for(chain: Chain, phone: Witness) -> None:
    number, page = chain.card(), phone.page
    page.goto(path_of(chain, number))
    expect(page.get_by_text(cards.shown(number))).to_be_hidden()
    ask = page.locator(".mine-ask summary")
    box = ask.bounding_box()
    assert box
    assert box["height"] >= 44
    ask.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(cards.shown(number))).to_be_visible()
    phone.approves("customer-card-number")


def test_the_card_can_be_installed(chain: Chain, phone: Witness) -> None:
    page = phone.page
    page.goto(path_of(chain, chain.card()))
    kept_copy(page)
    asked = phone.context.new_cdp_session(page)
    errors = asked.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one for one in errors if one["errorId"] != "in-incognito"] == []  # a test's browser is
    manifest = asked.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["manifest"]["startUrl"] == page.url
