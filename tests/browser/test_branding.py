"""The branding editor under somebody's hands: previews that follow, and a picture that is refused
before anything is sent for good."""

import pytest
from playwright.sync_api import Browser, expect

from tests.branding.easel import drawn
from tests.browser.witness import LAPTOP, PHONE, Witness
from tests.cast import Chain
from tests.servers import SQLITE, Web

pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)


def test_C15_the_previews_follow_what_is_typed_and_chosen_until_it_is_published(
    browser: Browser, live: Web, chain: Chain
) -> None:
    chain.publish(loyalty_type="hybrid")
    office = Witness.of(browser, live.url, LAPTOP)
    cookie = {"name": "user", "value": chain.user_cookie(chain.admin), "url": live.url}
    office.context.add_cookies([cookie])  # type: ignore[list-item]
    page = office.page
    page.goto("/admin/branding")
    stage = page.locator("[data-stage]")

    stage.locator("summary").first.click()
    page.get_by_label("Name on the card").fill("Bread <script>alert(1)</script> club")
    expect(stage.locator(".pass-program")).to_have_text("Bread <script>alert(1)</script> club")
    expect(stage.locator("details").first).to_have_attribute("open", "")

    page.get_by_label("Colour").fill("#0a7f5a")
    expect(stage.locator(".pass--apple")).to_have_css("background-color", "rgb(10, 127, 90)")
    expect(page.locator("[data-said=contrast]")).to_contain_text("Text on it is white")

    logo = page.get_by_label("Choose a logo")
    logo.set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg></svg>"})
    expect(page.get_by_role("alert")).to_contain_text("This is an SVG drawing")
    expect(logo).to_have_attribute("aria-invalid", "true")
    office.approves("branding-wrong")

    picture = drawn((600, 240), "#ffffff")
    logo.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture})
    shown = stage.locator(".pass--apple .shop-logo")
    expect(shown).to_have_attribute("alt", "Corner Bakery")
    assert (shown.get_attribute("src") or "").startswith("data:image/png;base64,")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    office.approves("branding-chosen")

    page.get_by_role("button", name="Publish this look").click()
    expect(page.get_by_text("Published: pages show it now")).to_be_visible()
    assert "/media/" in (shown.get_attribute("src") or "")
    office.page.goto(f"/s/{chain.slug}/")
    expect(page.get_by_role("img", name="Corner Bakery")).to_be_visible()
    assert office.complaints == []
    office.context.close()
