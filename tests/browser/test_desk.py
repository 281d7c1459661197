"""The operator at the desk: a company opened, decided upon and closed, by keyboard alone."""

import re
import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.witness import LAPTOP, PHONE, Witness
from tests.cast import Chain, operator_cookie
from tests.servers import SQLITE, Web

pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)  # pages are the same on both


def at_the_desk(browser: Browser, live: Web, chain: Chain, size: tuple[int, int]) -> Witness:
    witness = Witness.of(browser, live.url, size)
    cookie = {"name": "user", "value": operator_cookie(chain.app), "url": live.url}
    witness.context.add_cookies([cookie])  # type: ignore[list-item]
    return witness


def tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_a_company_is_opened_decided_upon_and_closed_by_keyboard_alone(
    browser: Browser, live: Web, chain: Chain
) -> None:
    desk, name = at_the_desk(browser, live, chain, LAPTOP), f"Salon {secrets.token_hex(4)}"
    page, slug = desk.page, name.lower().replace(" ", "-")
    page.goto("/platform/")
    tab_to(page, "a[href='/platform/companies/new']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Open a company")
    tab_to(page, "input[name=name]")
    page.keyboard.type(name)
    tab_to(page, "input[name=email]")
    page.keyboard.type(f"{slug}@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{name} is open")
    desk.approves("opened")

    tab_to(page, "select[name=self_enrolment]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # no, never
    tab_to(page, ".form > button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You decided: no. Their own value: yes.")).to_be_visible()

    tab_to(page, "a[href$='/status']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Close {name}?")
    desk.approves("closing")
    tab_to(page, "input[name=typed]")
    page.keyboard.type(slug)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}, closed")
    expect(page.get_by_text(re.compile("left to them → no"))).to_be_visible()
    desk.approves("closed")


def test_the_desk_holds_on_a_phone(browser: Browser, live: Web, chain: Chain) -> None:
    desk = at_the_desk(browser, live, chain, PHONE)
    for name in ("", "programs", "jobs", "jobs/letters", "jobs/schedules", "audit", "operators"):
        desk.page.goto(f"/platform/{name}")
        desk.approves(f"desk-{name.replace('/', '-') or 'companies'}")
    desk.page.goto("/platform/programs")
    desk.page.get_by_label("Order").select_option("members")
    desk.page.get_by_role("button", name="Show").click()
    expect(desk.page).to_have_url(re.compile("sort=members"))
