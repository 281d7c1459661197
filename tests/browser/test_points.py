"""Points, as a counter gives and takes them: join, sale, reward, part of a return, the rest.

One walk through real pages on a real server, at phone size on one database and at tablet size on
the other; the sale once more by keyboard alone, and once more without a script.
"""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.accounts import terminals
from app.modules.loyalty import accrual, rewards
from app.modules.loyalty.programs.rules import Tier
from app.modules.loyalty.rewards import catalogue
from tests.browser.test_walk import tab_to
from tests.browser.witness import PHONE, TABLET, Witness
from tests.cast import Chain
from tests.servers import SQLITE, Web

GOLD = (Tier("Bronze", 0, 10_000), Tier("Gold", 100, 12_500))
SIZES = {"sqlite": PHONE, "postgresql": TABLET}
on_one_database = pytest.mark.parametrize("kind", [SQLITE], indirect=True, scope="session")


@pytest.fixture
def points(chain: Chain) -> Chain:
    """A chain of points and stamps with something to redeem."""
    chain.publish(loyalty_type="hybrid", tiers=GOLD, minimum_redemption_points=0)
    with chain.acting() as session:
        catalogue.create({"name": "Croissant", "points": 80}, by=chain.actor)
        session.commit()
    return chain


def test_a_sale_a_reward_and_its_return_in_parts_at_the_counter(
    browser: Browser, live: Web, points: Chain, kind: str
) -> None:
    counter = at_the_counter(browser, live, points, SIZES[kind])
    page = counter.page
    number = enrol(page, f"{points.slug}@example.org")

    type_amount(page, "12500")
    expect(gives(page)).to_have_text("gives 125 points")
    expect(page.locator("[data-why]")).to_have_text("125.00")
    counter.approves("points-card")
    page.get_by_role("button", name="Give 125 points").click()  # the one tap beyond the digits
    expect(heading(page)).to_have_text("125 points for Zoë.")
    expect(page.get_by_text("Croissant can be had now.")).to_be_visible()
    expect(page.get_by_text("Gold now")).to_be_visible()
    counter.approves("points-verdict")

    find(page, number)
    type_amount(page, "1250")
    expect(page.locator("[data-why]")).to_have_text("12.50 × 1.25 gold, rounded down once")
    page.get_by_role("link", name="Give: Croissant").click()
    counter.approves("points-reward")
    page.get_by_role("button", name="Give it").click()
    expect(page.get_by_text("125 → 45").first).to_be_visible()
    counter.approves("points-verdict-reward")

    open_return(page, number, "€125.00")
    counter.approves("points-return")
    type_amount(page, "5000")  # the first digit replaces the whole
    expect(page.locator("[data-pairs]")).to_contain_text("€50.00 of €125.00")
    expect(page.locator("[data-pairs]")).to_contain_text("Then owed")
    page.get_by_role("button", name="Return €50.00").click()
    expect(heading(page)).to_have_text("€50.00 returned for Zoë.")
    counter.approves("points-verdict-return")

    open_return(page, number, "€125.00")
    page.get_by_role("button", name="Return €75.00").click()
    expect(heading(page)).to_have_text("€75.00 returned for Zoë.")
    find(page, number)
    expect(page.get_by_text("80 points owed")).to_be_visible()
    counter.approves("points-card-owing")
    lines = [(line.type, line.points) for line in points.lines(number)]
    assert lines == [
        ("points_earned", 125),
        ("points_redeemed", -80),
        ("voided", -50),
        ("voided", -75),
    ]
    for path in ("returns", "rewards", "history"):
        page.goto(f"/terminal/cards/{number}/{path}")
        counter.approves(f"points-{path}")


@on_one_database
def test_a_sale_and_a_refusal_by_keyboard_alone(browser: Browser, live: Web, points: Chain) -> None:
    counter = at_the_counter(browser, live, points, TABLET)
    page = counter.page
    number = points.card(first_name="Zoë", email=f"{points.slug}@example.org")
    page.goto("/terminal/")
    expect(page.locator("input[name=card]")).to_be_focused()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.locator("[data-keys]")).to_be_visible()
    page.keyboard.type("1259", delay=100)
    page.keyboard.press("Backspace")
    page.keyboard.type("0")
    expect(page.get_by_role("button", name="Give 12 points")).to_be_visible()
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("12 points for Zoë.")
    with points.acting() as session:
        accrual.earn(number, 7_000, by=points.actor, attempt=None)
        croissant = catalogue.every()[0].id
        session.commit()
    page.keyboard.press("Enter")  # on to the next customer
    expect(page.get_by_role("heading", name="Ready.")).to_be_visible()
    expect(page.locator("input[name=card]")).to_be_focused()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Zoë")
    tab_to(page, "a:has-text('Give: Croissant')")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Croissant for Zoë?")
    with points.acting() as session:  # somebody was quicker, at another counter
        rewards.redeem(number, croissant, by=points.actor, attempt=None)
        session.commit()
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("78 more points to go.")
    counter.approves("points-refusal")


@on_one_database
def test_a_sale_of_nothing_is_asked_again_and_never_a_dead_button(
    browser: Browser, live: Web, points: Chain
) -> None:
    counter = at_the_counter(browser, live, points, TABLET)
    page = counter.page
    number = points.card(first_name="Zoë", email=f"{points.slug}@example.org")
    page.goto(f"/terminal/cards/{number}")
    expect(page.locator("[data-keys]")).to_be_visible()
    page.keyboard.press("0")
    expect(page.locator("[data-amount]")).to_have_value("")
    page.get_by_role("button", name="Give the points").click()
    expect(page.locator("[data-wrong]")).to_have_text("Type what was paid.")
    page.keyboard.type("1250", delay=100)
    expect(page.get_by_role("button", name="Give 12 points")).to_be_visible()
    expect(page.locator("[data-wrong]")).to_have_count(0)
    counter.complaints.clear()  # the browser's own word for the answer 422
    counter.approves("points-nothing-typed")


@on_one_database
def test_a_second_person_agrees_at_the_same_screen(
    browser: Browser, live: Web, points: Chain
) -> None:
    points.publish(redemption_alone_points=50)
    counter = at_the_counter(browser, live, points, TABLET)
    page = counter.page
    number = enrol(page, f"{points.slug}@example.org")
    type_amount(page, "9000")
    page.get_by_role("button", name="Give 90 points").click()
    expect(heading(page)).to_have_text("90 points for Zoë.")
    find(page, number)
    page.get_by_role("link", name="Give: Croissant").click()
    page.get_by_role("button", name="Give it").click()
    expect(heading(page)).to_have_text("Who else agrees?")
    counter.complaints[:] = [one for one in counter.complaints if "status of 403" not in one]
    counter.approves("points-approve")
    press_pin(page, "1357")
    page.get_by_role("button", name="Give: Croissant").click()
    expect(page.get_by_role("alert")).to_contain_text("That PIN is wrong.")
    counter.complaints[:] = [one for one in counter.complaints if "status of 401" not in one]
    press_pin(page, points.manager.pin)
    page.get_by_role("button", name="Give: Croissant").click()
    expect(heading(page)).to_have_text("Croissant for Zoë.")
    expect(page.get_by_text("A second person agreed")).to_be_visible()
    assert not counter.complaints


@on_one_database
def test_without_a_script_the_amount_is_a_plain_field(
    browser: Browser, live: Web, points: Chain
) -> None:
    number = points.card(first_name="Zoë", email=f"{points.slug}@example.org")
    counter = at_the_counter(browser, live, points, TABLET)
    state = counter.context.storage_state()
    plain = browser.new_context(
        base_url=live.url, storage_state=state, java_script_enabled=False
    ).new_page()
    plain.goto(f"/terminal/cards/{number}")
    plain.get_by_label("Amount of the sale").fill("12,5")
    plain.get_by_role("button", name="Give the points").click()
    expect(plain.get_by_text("is no amount")).to_be_visible()
    plain.get_by_label("Amount of the sale").fill("12,50")
    plain.get_by_role("button", name="Give the points").click()
    expect(heading(plain)).to_have_text("12 points for Zoë.")
    plain.goto(f"/terminal/cards/{number}/returns")
    plain.get_by_role("link", name="€12.50").click()
    plain.get_by_label("What of the sale comes back").fill("2.50")
    plain.get_by_role("button", name="Return €12.50").click()
    expect(plain.get_by_text("€2.50 of €12.50").first).to_be_visible()  # seen first
    plain.get_by_role("button", name="Return €2.50").click()
    expect(heading(plain)).to_have_text("€2.50 returned for Zoë.")


# -- the steps ---------------------------------------------------------------------------------


def at_the_counter(browser: Browser, live: Web, chain: Chain, size: tuple[int, int]) -> Witness:
    """A paired terminal with the staff member at it."""
    counter = Witness.of(browser, live.url, size)
    page = counter.page
    with chain.acting() as session:
        _, code = terminals.prepare(vendor_id=chain.vendor.id, name="Till 2")
        session.commit()
    page.goto("/terminal/pair")
    page.get_by_label("The code on the manager’s screen").fill(code)
    page.keyboard.press("Enter")
    page.get_by_text(chain.staff.name, exact=True).click()
    press_pin(page, chain.staff.pin)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="Ready.")).to_be_visible()
    return counter


def press_pin(page: Page, pin: str) -> None:
    for digit in pin:
        page.locator(f"[data-key='{digit}']").click()


def enrol(page: Page, contact: str) -> str:
    """Somebody new, from the counter; their card's number."""
    page.goto("/terminal/enrol")
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Phone or e-mail").fill(contact)
    page.get_by_role("button", name="Make the card").click()
    expect(heading(page)).to_have_text("Zoë")
    return page.url.rsplit("/", 1)[-1]


def find(page: Page, number: str) -> None:
    """Scan the card."""
    page.goto("/terminal/")
    page.get_by_label("Card number, phone or e-mail").fill(number)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Zoë")


def open_return(page: Page, number: str, sale: str) -> None:
    find(page, number)
    page.get_by_role("link", name="Return").click()
    page.get_by_role("link", name=sale).click()
    expect(page.locator("[data-pairs]")).to_contain_text("Points")


def type_amount(page: Page, digits: str) -> None:
    """Press the keys on the screen, each large enough for a finger."""
    for digit in digits:
        key = page.locator(f"[data-key='{digit}']")
        key.click()
        box = key.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 64


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def gives(page: Page) -> Locator:
    return page.locator("[data-gives]")
