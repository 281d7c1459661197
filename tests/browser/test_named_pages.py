"""C17: every named page at phone, tablet and desktop width, full, empty and in error.

A row of the table is a page: where it is, where it is empty, and where it says no. Each is opened
once and made narrower; at each width axe is asked, nothing scrolls sideways, and every control is
large enough for a finger and reached by Tab alone, seen where it stands.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from flask import Flask
from playwright.sync_api import Browser, Page

from app import clock
from app.accounts import customer_sessions
from app.accounts.customers import Customer
from app.ids import new_id
from app.modules.loyalty import cards
from app.modules.loyalty.wallet import GOOGLE, channels
from tests.cast import Chain, operator_cookie
from tests.pages.test_admin_wallet import hold
from tests.pages.test_storefront import path_of
from tests.pages.test_storefront_points import back, earn, open_chain, take
from tests.servers import SQLITE, Web
from tests.wallet import pki
from tests.wallet.test_keeping import give, give_google

DESKTOP, TABLET, PHONE = 1440, 820, 390
WIDTHS = ((DESKTOP, 900), (TABLET, 1180), (PHONE, 844))
FINGER, COUNTER = 44, 64  # px
TABBED = {("full", DESKTOP), ("full", PHONE), ("empty", PHONE)}
PICTURES = os.environ.get("PICTURES", "")
pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)  # pages are the same on both


@dataclass(frozen=True)
class Place:
    """A chain as the pages show it, with one customer's card."""

    chain: Chain
    number: str

    def at(self, path: str) -> str:
        """The address, with what is this chain's in it."""
        card = path_of(self.chain, self.number)
        return path.format(chain=self.chain, number=self.number, card=card)

    def cookies(self, who: str) -> dict[str, str]:
        """What proves somebody: nobody has any."""
        if who == "operator":
            return {"user": operator_cookie(self.chain.app)}
        if who == "office":
            return {"user": self.chain.user_cookie(self.chain.admin)}
        if who == "counter":
            till = self.chain.terminal(self.chain.manager)
            given = {name: till.get_cookie(name) for name in ("terminal", "staff", "session")}
            return {name: cookie.value for name, cookie in given.items() if cookie}
        if who == "customer":
            return {f"customer-{self.chain.company_id}": self._signed_in()}
        if who == "newcomer":  # has just enrolled in this browser, or asked to sign in
            browser = self.chain.browser()
            with browser.session_transaction() as session:
                session["joined"] = str(self.chain.card_row(self.number).id)
                session["asked"], session["written_to"] = "1", "anouk@example.org"
            cookie = browser.get_cookie("session")
            return {"session": cookie.value} if cookie else {}
        return {}

    def _signed_in(self) -> str:
        with self.chain.acting() as session:
            person = session.get_one(
                Customer, (self.chain.company_id, cards.find(self.number).customer_id)
            )
            asked = customer_sessions.ask(person, new_id())
            session.flush()
            cookie = customer_sessions.by_link(customer_sessions.token_of(asked))
            session.commit()
        return cookie


@dataclass(frozen=True)
class Row:
    """A named page: who opens it; where it is in a chain with a history; what that address needs
    besides in a new one, where the page is empty; and where it says no, with words of that.
    `submit` before an address: its form is sent as it stands."""

    name: str
    who: str
    full: str
    empty: str
    wrong: str
    says: str


DESK, SHOPS, STORE = "/platform/companies", "/admin/vendors", "/s/{chain.slug}"
COMPANY, WALLET = f"{DESK}/{{chain.company_id}}", "/admin/wallet"
# fmt: off
ROWS = [
    Row("programmes", "operator", "/platform/programs", "?q=none", "/platform/none", "nothing"),
    Row("company-detail", "operator", COMPANY, "", f"{DESK}/1", "Not found"),
    Row("company-settings", "operator", f"{COMPANY}#allowed", "", f"{DESK}/1#allowed", "Not found"),
    Row("terminal", "counter", "/terminal/", "", "/terminal/cards/0000-0000-0000", "card"),
    Row("cards", "office", "/admin/cards", "?q=nobody", "/admin/cards?seen-since=x", "Type a day"),
    Row("card-detail", "office", "/admin/cards/{number}", "", "/admin/cards/0", "no card"),
    Row("branding", "office", "/admin/branding", "", "/admin/branding/none", "removed"),
    Row("wallet", "office", WALLET, "", f"{WALLET}/none", "Not found"),
    Row("wallet-apple", "office", f"{WALLET}/apple", "", f"submit {WALLET}/apple", "expected"),
    Row("wallet-google", "office", f"{WALLET}/google", "", f"submit {WALLET}/google", "expected"),
    Row("wallets", "operator", "/platform/wallet", "", "/platform/wallet/none", "nothing"),
    Row("vendor-settings", "office", f"{SHOPS}/old-town/edit", "", f"submit {SHOPS}/new", ""),
    Row("vendor-stats", "office", f"{SHOPS}/old-town/stats", "", f"{SHOPS}/no/stats", "Not found"),
    Row("vendor-enrolment", "counter", "/terminal/enrol", "", "submit /terminal/enrol", ""),
    Row("dashboard", "customer", f"{STORE}/me", "", "/s/nobody/me", "Not found"),
    Row("history", "customer", f"{STORE}/me/history", "", f"{STORE}/me/none", "nothing here"),
    Row("enrolment", "nobody", f"{STORE}/?at=station", "", f"submit {STORE}/", "Needed"),
    Row("success", "newcomer", "{card}", "", f"{STORE}/cards/nonsense", "Not found"),
    Row("sign-in", "nobody", f"{STORE}/sign-in", "", f"submit {STORE}/sign-in", "Needed"),
    Row("code", "newcomer", f"{STORE}/on-its-way", "", f"submit {STORE}/on-its-way", "is wrong"),
]
# fmt: on


# -- the places and the people ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy(app: Flask) -> Place:
    """A chain with a history."""
    chain = open_chain(app, loyalty_type="hybrid", stamps_per_sale=1, cooldown_minutes=0)
    number = chain.card(email="anouk@example.org", first_name="Anouk")
    sale = earn(chain, number, 20_000)
    take(chain, number, "Coffee")
    back(chain, sale.transaction_id, 640)
    for amount in (1_250, 990, 4_400):
        earn(chain, number, amount)
    _in_wallets(chain, number)
    return Place(chain, number)


def _in_wallets(chain: Chain, number: str) -> None:
    """Credentials of both kinds, a certificate that ends soon, and passes in every state."""
    give(chain, leaf=pki.authority().issue(lasts=timedelta(days=29)))
    give_google(chain)
    ago = clock.now() - timedelta(hours=1)
    true = {"due_at": None, "tag": 7, "sent_tag": 7, "sent_at": ago, "listed_at": ago}
    hold(chain, number, **true, fetched_tag=7, fetched_at=ago)
    hold(chain, number, GOOGLE, attempts=3, fault="503", due_at=clock.now() + timedelta(hours=1))
    with chain.acting() as session:
        channels.stop(GOOGLE, "403 PERMISSION_DENIED")
        session.commit()


@pytest.fixture(scope="module")
def new(app: Flask) -> Place:
    """A chain that has just begun: one card, and nothing on it."""
    chain = Chain.open(app, loyalty_type="hybrid")
    return Place(chain, chain.card(email="zoe@example.org", first_name="Zoë"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_C17_a_named_page_is_read_and_used_at_every_width(
    browser: Browser, live: Web, busy: Place, new: Place, row: Row
) -> None:
    faults = []
    states = {
        "full": (busy, row.full),
        "empty": (new, row.full + row.empty),
        "error": (busy, row.wrong),
    }
    for state, (place, path) in states.items():
        with _browsing(browser, live, place.cookies(row.who)) as page:
            _open(page, place.at(path))
            if state == "error":
                assert row.says in page.content(), page.inner_text("body")
            for width, height in WIDTHS:
                page.set_viewport_size({"width": width, "height": height})
                where = f"{row.name} {state} {width}"
                _pictured(page, where)
                found = page.evaluate("walk.faults", COUNTER if row.who == "counter" else FINGER)
                if state == "full" or width == PHONE:
                    found += page.evaluate("walk.serious", width == PHONE)
                if (state, width) in TABBED:
                    found += _unreached(page)
                faults += [f"{where}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


@contextmanager
def _browsing(browser: Browser, live: Web, cookies: dict[str, str]) -> Iterator[Page]:
    context = browser.new_context(base_url=live.url, reduced_motion="reduce")
    context.add_cookies([{"name": n, "value": v, "url": live.url} for n, v in cookies.items()])
    for script in (AXE_FILE_PATH, Path(__file__).with_name("walk.js")):
        context.add_init_script(path=script)
    yield context.new_page()
    context.close()


def _open(page: Page, path: str) -> None:
    verb, _, address = path.rpartition(" ")
    page.goto(address)
    if verb:
        page.locator("main form").last.evaluate(
            "form => { form.noValidate = true; form.submit(); }"
        )
        page.locator("[aria-invalid]").first.wait_for()


def _pictured(page: Page, where: str) -> None:
    """For a person who wants to look: a folder named in PICTURES gets a picture of every page."""
    for scheme in ("dark", "light") if PICTURES else ():
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(PICTURES) / f"{where} {scheme}.png", full_page=True)


def _unreached(page: Page) -> list[str]:
    """Controls that Tab does not come to from the top, or whose focus cannot be seen."""
    for _press in range(page.evaluate("walk.begin()") + 2):
        page.keyboard.press("Tab")
    unreached: list[str] = page.evaluate("walk.end()")
    return unreached
