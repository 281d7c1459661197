"""The main job, as its people do it: a chain, a counter, a stamp, a full card, a free item.

One walk through real pages on a real server, on each database, at tablet and phone size; and
the counter's part once more by keyboard alone.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts import terminals
from tests.browser.witness import LAPTOP, PHONE, TABLET, Witness
from tests.cast import Chain
from tests.servers import POSTGRESQL, SQLITE, Web

QUARTER_HOUR, DAY = 15 * 60, 24 * 3_600
PIN = re.compile(r"^\d{6}$")


@pytest.fixture
def moving(live: Web) -> Iterator[Web]:
    """The live server, its clock put right afterwards."""
    yield live
    live.move_clock(0)


@pytest.mark.parametrize(
    ("kind", "counter_size"),
    [(SQLITE, TABLET), (SQLITE, PHONE), (POSTGRESQL, TABLET)],
    indirect=["kind"],
    ids=["sqlite-tablet", "sqlite-phone", "postgresql-tablet"],
    scope="session",
)
def test_the_main_job_from_an_empty_counter_to_a_free_item_every_line_explained(
    browser: Browser, moving: Web, chain: Chain, kind: str, counter_size: tuple[int, int]
) -> None:
    office = Witness.of(browser, moving.url, LAPTOP)
    counter = Witness.of(browser, moving.url, counter_size)
    phone = Witness.of(browser, moving.url, PHONE)

    sign_in(office, chain)
    pin = hire(office, "Inès")
    code = prepare_terminal(office, "Counter 1")
    pair(counter, code)
    unlock(counter.page, "Inès", pin)
    number = enrol(phone, poster(office), "Anouk <b>T.</b>")

    find(counter.page, number)
    counter.approves("card")
    counter.page.get_by_role("button", name="Give 1 stamp").click()
    expect(counter.page.get_by_role("heading", level=1)).to_contain_text("A stamp for Anouk")
    counter.approves("verdict")

    meet_the_cooldown(counter, number)
    moving.move_clock(QUARTER_HOUR + 1)
    unlock(counter.page, "Inès", pin)
    give(counter.page, number, 4)
    moving.move_clock(QUARTER_HOUR + DAY)
    unlock(counter.page, "Inès", pin)
    give(counter.page, number, 5)
    take_the_reward(counter, number)

    read_the_card(Witness.of(browser, moving.url, PHONE), phone.page.url)
    sign_in(office, chain)  # a day has passed: the session is over
    read_the_ledger(office, number)


def test_the_main_job_by_keyboard_alone(browser: Browser, live: Web, chain: Chain) -> None:
    with chain.acting() as session:
        _, code = terminals.prepare(vendor_id=chain.vendor.id, name="Till 2")
        session.commit()
    counter = Witness.of(browser, live.url, TABLET)
    page = counter.page
    page.goto("/terminal/pair")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    tab_to(page, "input[name=staff_id]")
    while not page.locator(f"input[data-name='{chain.staff.name}']").is_checked():
        page.keyboard.press("ArrowDown")
    page.keyboard.type(chain.staff.pin)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ready.")).to_be_visible()
    number = join_by_keyboard(Witness.of(browser, live.url, PHONE), chain)

    scan(page, number)
    heading = page.get_by_role("heading", level=1)
    page.keyboard.press("Enter")  # one more Enter stamps
    expect(heading).to_contain_text("A stamp for Zoë")
    tab_to(page, "button:has-text('Undo')")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Zoë’s stamp is taken back.")
    to_ready(page)
    scan(page, number)
    page.keyboard.press("Enter")  # undone, but the cooldown stays
    expect(heading).to_contain_text("has this visit’s stamp already")
    to_ready(page)

    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    chain.stamp(number, 12)
    scan(page, number)
    page.keyboard.press("Enter")  # the reward has taken the stamp's place
    expect(page.get_by_text("12 → 2 of 10")).to_be_visible()
    types = [line.type for line in chain.lines(number.replace("-", ""))]
    assert types == ["stamps_added", "voided", "stamps_added", "stamps_redeemed"]
    assert not counter.complaints


def scan(page: Page, number: str) -> None:
    """A scanner is a keyboard: the number and Enter."""
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë")


def to_ready(page: Page) -> None:
    tab_to(page, "a[data-verdict-next]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ready.")).to_be_visible()


def join_by_keyboard(phone: Witness, chain: Chain) -> str:
    page = phone.page
    page.goto(f"/s/{chain.slug}/")
    tab_to(page, "input[name=first_name]")
    page.keyboard.type("Zoë")
    page.keyboard.press("Tab")
    page.keyboard.type(f"{chain.slug}@example.org")
    tab_to(page, "input[name=terms]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/cards/"))
    assert not phone.complaints
    tab_to(page, ".mine-ask summary")
    page.keyboard.press("Enter")
    return page.locator(".mine-number").inner_text()


# -- the steps ---------------------------------------------------------------------------------


def sign_in(office: Witness, chain: Chain) -> None:
    page = office.page
    page.goto("/admin/")
    office.approves("sign-in")
    page.get_by_label("E-mail").fill(chain.admin.email)
    page.get_by_label("Password").fill(chain.admin.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    office.approves("overview")


def hire(office: Witness, name: str) -> str:
    """Add a person; their PIN, from the one page that shows it."""
    page = office.page
    page.goto("/admin/staff")
    office.approves("staff")
    page.get_by_label("Name on the tile").fill(name)
    page.get_by_role("button", name="Add them and show their PIN").click()
    pin = page.locator("output").inner_text()
    assert PIN.match(pin)
    office.approves("pin")
    return pin


def prepare_terminal(office: Witness, name: str) -> str:
    page = office.page
    page.goto("/admin/terminals")
    page.get_by_label("Its name").fill(name)
    page.get_by_role("button", name="Show its one-time code").click()
    office.approves("code")
    return page.locator("output").inner_text()


def poster(office: Witness) -> str:
    """Where the first shop's poster leads."""
    office.page.goto("/admin/posters")
    office.approves("posters")
    return office.page.locator("td a[href*='/s/']").first.get_attribute("href") or ""


def pair(counter: Witness, code: str) -> None:
    page = counter.page
    page.goto("/terminal/")
    counter.approves("pair")
    page.get_by_label("The code on the manager’s screen").fill(code)
    page.get_by_role("button", name="Pair this counter").click()
    expect(page.get_by_role("heading", name="Who is at the counter?")).to_be_visible()
    counter.approves("unlock")


def unlock(page: Page, name: str, pin: str) -> None:
    page.goto("/terminal/")
    page.get_by_text(name, exact=True).click()
    for digit in pin:
        page.locator(f"[data-key='{digit}']").click()
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="Ready.")).to_be_visible()


def enrol(phone: Witness, address: str, name: str) -> str:
    """Join from the poster; the number on the new card."""
    page = phone.page
    page.goto(address)
    phone.approves("enrol")
    page.get_by_label("First name").fill(name)
    page.get_by_label("Phone or e-mail").fill("anouk@")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Get my card").click()
    expect(page.get_by_label("First name")).to_have_value(name)  # nothing typed is lost
    phone.complaints[:] = [one for one in phone.complaints if "status of 422" not in one]
    phone.approves("enrol-wrong")
    page.get_by_label("Phone or e-mail").fill(f"anouk-{abs(hash(address))}@example.org")
    page.get_by_role("button", name="Get my card").click()
    expect(page).to_have_url(re.compile("/cards/"))
    phone.approves("customer-card")
    page.get_by_text("Show the number").click()
    return page.locator(".mine-number").inner_text()


def find(page: Page, number: str) -> None:
    page.goto("/terminal/")
    page.get_by_label("Card number, phone or e-mail").fill(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Anouk <b>T.</b>")


def give(page: Page, number: str, quantity: int) -> None:
    find(page, number)
    page.locator(f"label[for='quantity-{quantity}']").click()
    page.get_by_role("button", name=f"Give {quantity} stamps").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{quantity} stamps for Anouk")


def meet_the_cooldown(counter: Witness, number: str) -> None:
    find(counter.page, number)
    counter.page.get_by_role("button", name="Give 1 stamp").click()
    expect(counter.page.get_by_role("alert")).to_contain_text("has this visit’s stamp already")
    expect(counter.page.get_by_role("timer")).to_contain_text(re.compile(r"1[45]:\d\d"))
    counter.approves("refusal")


def take_the_reward(counter: Witness, number: str) -> None:
    find(counter.page, number)
    counter.approves("card-full")
    counter.page.get_by_role("button", name="Give: Free item").click()
    expect(counter.page.get_by_text("10 → 0 of 10")).to_be_visible()
    counter.approves("verdict-reward")


def read_the_card(phone: Witness, address: str) -> None:
    page = phone.page
    page.goto(address)
    story = page.locator(".story > li")
    expect(story).to_have_count(4)
    expect(story.first).to_contain_text("Free item")
    phone.approves("customer-card-after")


def read_the_ledger(office: Witness, number: str) -> None:
    """The admin finds the card; each of its four lines opens a receipt in three voices."""
    page = office.page
    page.goto("/admin/cards")
    page.get_by_role("searchbox").or_(page.get_by_label("Search")).first.fill(number)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Anouk").first.click()
    lines = page.locator(".ledger > li")
    expect(lines).to_have_count(4)
    for line in lines.all():
        if line.locator("details").get_attribute("open") is None:
            line.locator("summary").click()
        expect(line.get_by_text("The counter said")).to_be_visible()
        expect(line.get_by_text("Inès").first).to_be_visible()
    office.approves("admin-card")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse would."""
    for _ in range(40):
        if page.locator(selector).and_(page.locator(":focus")).count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {selector}")
