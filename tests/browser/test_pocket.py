"""The customer's phone: the card and its story in points, seen, and opened without a mouse."""

import re

from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser.witness import PHONE, Witness
from tests.pages.test_storefront import path_of
from tests.pages.test_storefront_points import back, earn, open_chain, take
from tests.servers import Web


def test_B6_a_customer_reads_what_is_next_and_asks_why(
    app: Flask, browser: Browser, live: Web
) -> None:
    chain = open_chain(app, loyalty_type="hybrid", stamps_per_sale=1, cooldown_minutes=0)
    card = chain.card(email="anouk@example.org", first_name="Anouk")
    sale = earn(chain, card, 20_000)
    take(chain, card, "Coffee")
    back(chain, sale.transaction_id, 640)
    earn(chain, card, 1_250)

    phone = Witness.of(browser, live.url, PHONE)
    page = phone.page
    page.goto(path_of(chain, card))
    expect(page.get_by_text("Coffee can be yours.")).to_be_visible()
    phone.approves("pocket-points")

    why = page.locator("summary", has_text="Why +15 points, +1 stamp?")
    box = why.bounding_box()
    assert box
    assert box["height"] >= 44
    assert box["width"] >= 44
    why.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("15.625, rounded down once: 15")).to_be_visible()
    phone.approves("pocket-why")

    page.goto(f"{path_of(chain, card)}/history")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile("lines, and nothing left out")
    )
    page.locator("summary").nth(1).click()
    expect(page.get_by_text("6 of its 200 points go back")).to_be_visible()
    phone.approves("pocket-history")
    phone.context.close()
