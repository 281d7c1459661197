"""The office as its people use it: a manager finds a card by keyboard, reads its shop's figures."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.witness import LAPTOP, PHONE, Witness
from tests.cast import Chain
from tests.servers import Web


@pytest.fixture
def busy(chain: Chain) -> Chain:
    """A shop with a morning behind it."""
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0, max_daily_stamps=None)
    for name in ("Camille Reuter", "Zoë Lefèvre"):
        first, last = name.split()
        number = chain.card(first_name=first, last_name=last, email=f"{last[:2]}@example.org")
        given = chain.api.post(
            "/points/earn", {"card": number, "vendor": "old-town", "amount_minor": 12_50}
        )
        assert given.status_code == 201
        chain.stamp(number, 2)
    return chain


def test_C17_a_manager_reads_cards_and_figures_of_their_shop_on_a_phone(
    browser: Browser, live: Web, busy: Chain
) -> None:
    office = signed_in(browser, live, busy, PHONE)
    for name, path in (
        ("cards", "/admin/cards?q=lef&status=active"),
        ("stats", "/admin/vendors/old-town/stats"),
    ):
        office.page.goto(path)
        office.approves(name)


def test_C17_a_card_is_found_and_opened_and_a_day_read_by_keyboard_alone(
    browser: Browser, live: Web, busy: Chain
) -> None:
    office = signed_in(browser, live, busy, LAPTOP)
    page = office.page
    page.goto("/admin/cards")
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("lefe")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("One card for “lefe”")
    tab_to(page, page.get_by_role("link", name="Zoë Lefèvre"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë Lefèvre")
    tab_to(page, page.get_by_role("link", name="Your shop"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How customers join")).to_be_visible()
    office.approves("shop")
    tab_to(page, page.get_by_role("link", name="Its figures"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 cards came by")
    tab_to(page, page.locator("nav.days a").nth(1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Day before")).to_be_visible()


def signed_in(browser: Browser, live: Web, chain: Chain, size: tuple[int, int]) -> Witness:
    """The shop's manager, at a screen of this size."""
    office = Witness.of(browser, live.url, size)
    cookie = {"name": "user", "value": chain.user_cookie(chain.manager), "url": live.url}
    office.context.add_cookies([cookie])  # type: ignore[list-item]
    return office


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")
