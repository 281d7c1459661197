"""A customer at the counter: found, greeted, enrolled, and what never shows."""

import secrets
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.accounts.actors import Actor
from app.accounts.customers import Customer
from app.accounts.terminals import Terminal
from app.modules.loyalty import cards
from app.modules.loyalty.cards import BLOCKED, LoyaltyCard, shown
from tests.cast import Browser, Chain

HOSTILE = "<script>alert(1)</script>"


def find(browser: Browser, typed: str):  # type: ignore[no-untyped-def]
    return browser.post("/terminal/find", data={"card": typed})


def ada(chain: Chain, **more: str) -> str:
    return chain.card(
        **(
            {"first_name": "Ada", "last_name": "Lovelace", "email": f"ada@{chain.slug}.example"}
            | more
        )
    )


def link_of(chain: Chain, number: str) -> str:
    with chain.acting():
        return f"http://here.example/s/{chain.slug}/cards/{cards.link_secret(cards.find(number))}"


# -- finding ------------------------------------------------------------------------------------


def test_a_card_is_found_by_its_number_link_email_or_phone(chain: Chain) -> None:
    number = ada(chain, phone="+352621123456")
    browser = chain.terminal()
    ways = [
        number,
        shown(number).lower(),
        link_of(chain, number),
        f"ADA@{chain.slug}.example",
        "621 123 456",
    ]
    for typed in ways:
        answer = find(browser, typed)
        assert (answer.status_code, answer.location) == (303, f"/terminal/cards/{number}"), typed


def test_a_name_finds_nobody_at_the_counter(chain: Chain) -> None:
    ada(chain)
    answer = find(chain.terminal(), "Ada")
    assert answer.status_code == 404
    assert "No card has that number" in answer.text


@pytest.mark.parametrize(
    "typed", ["", "a\0b@example.org", "\udfff", "0" * 5_000, "' OR 1=1 --", "@", "+"]
)
def test_unusable_input_finds_nothing_and_breaks_nothing(chain: Chain, typed: str) -> None:
    answer = chain.terminal().post(
        "/terminal/find", data={"card": typed.encode("utf-8", "surrogatepass")}
    )
    assert answer.status_code in (400, 404)


def test_a_miss_keeps_what_was_typed_and_offers_to_enrol_it(chain: Chain) -> None:
    browser = chain.terminal()
    answer = find(browser, "new@example.org")
    assert 'value="new@example.org"' in answer.text
    assert "New customer with this" in answer.text
    form = browser.post("/terminal/enrol", data={"contact": "new@example.org", "begin": "1"})
    assert form.status_code == 200
    assert 'value="new@example.org"' in form.text
    assert 'class="wrong"' not in form.text


def test_another_companys_card_is_not_found(chain: Chain, other_chain: Chain) -> None:
    theirs = ada(other_chain)
    browser = chain.terminal()
    for typed in (theirs, link_of(other_chain, theirs), f"ada@{other_chain.slug}.example"):
        assert find(browser, typed).status_code == 404
    for page in (f"/terminal/cards/{theirs}", f"/terminal/cards/{theirs}/history"):
        assert browser.get(page).status_code == 404


def test_twenty_misses_in_five_minutes_stop_the_terminal_until_they_are_over(chain: Chain) -> None:
    number = ada(chain)
    browser = chain.terminal()
    start = clock.now()
    with clock.at(start):
        for n in range(20):
            assert find(browser, number).status_code == 303  # a hit costs nothing
            assert find(browser, f"nobody{n}@example.org").status_code == 404
            browser.get("/terminal/")
        assert find(browser, "nobody@example.org").status_code == 429
    with clock.at(start + timedelta(seconds=90)):
        answer = find(browser, number)
        assert answer.status_code == 429
        assert "3 min 30 s" in answer.text
        browser.get("/terminal/")
    with clock.at(start + timedelta(seconds=180)):
        browser.get("/terminal/")
    with clock.at(start + timedelta(seconds=299)):
        assert find(browser, number).status_code == 429
    with clock.at(start + timedelta(seconds=300)):
        assert find(browser, number).status_code == 303


def test_a_miss_is_kept_although_the_answer_is_a_refusal(chain: Chain) -> None:
    find(chain.terminal(), "nobody@example.org")
    with chain.acting() as session:
        assert session.get_one(Terminal, (chain.company_id, chain.terminal_id)).misses == 1


# -- the card page ------------------------------------------------------------------------------


def test_the_card_page_masks_the_name_and_greets(chain: Chain) -> None:
    number = ada(chain, phone="+352621123456")
    page = chain.terminal().get(f"/terminal/cards/{number}").text
    assert "Ada L." in page
    for private in ("Lovelace", f"ada@{chain.slug}.example", "621123456"):
        assert private not in page
    assert "Give 1 stamp" in page


@pytest.mark.parametrize("target", [1, 12, 30, 100])
@pytest.mark.parametrize("balance", ["none", "half", "full", "above"])
def test_the_card_page_holds_at_every_target_and_balance(
    chain: Chain, target: int, balance: str
) -> None:
    chain.publish(stamps_target=target, cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    stamps = {
        "none": 0,
        "half": max(1, target // 2),
        "full": target,
        "above": min(100, 2 * target),
    }[balance]
    if stamps:
        chain.stamp(number, stamps)
    if balance == "above" and target == 100:
        chain.stamp(number, 100)
        stamps = 200
    browser = chain.terminal()
    find(browser, number)
    page = browser.get(f"/terminal/cards/{number}").text
    assert f"{stamps} of {target} stamps" in page
    assert ("Give: Free item" in page) == (stamps >= target)


def test_C4_a_points_programme_shows_no_stamps_at_the_counter(chain: Chain) -> None:
    chain.publish(loyalty_type="points", welcome_bonus_points=40)
    browser, number = chain.terminal(), chain.card()
    page = browser.get(f"/terminal/cards/{number}").text
    assert "Give 1 stamp" not in page
    assert "stamps-block" not in page
    assert "40" in page
    answer = browser.post(f"/terminal/cards/{number}/stamps", data={"key": "k"})
    assert answer.status_code == 409
    assert "No stamps here" in answer.text


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "Birthday today"), (1, "Birthday tomorrow"), (7, "Birthday on"), (8, None)],
)
def test_a_birthday_is_mentioned_from_a_week_before(
    chain: Chain, days: int, said: str | None
) -> None:
    number = ada(chain)
    noon = clock.now().replace(month=5, day=10, hour=12)
    with chain.acting() as session:
        customer = session.scalars(select(Customer)).one()
        customer.birthday = date(1990, 5, 10) + timedelta(days=days)
        session.commit()
    with clock.at(noon):
        page = chain.terminal().get(f"/terminal/cards/{number}").text
    assert (said in page) if said else ("Birthday" not in page)


def test_a_birthday_of_the_29th_of_february_is_kept_on_the_28th(chain: Chain) -> None:
    number = ada(chain)
    with chain.acting() as session:
        session.scalars(select(Customer)).one().birthday = date(1992, 2, 29)
        session.commit()
    for year, day, said in ((2027, 28, True), (2028, 28, False), (2028, 29, True)):
        with clock.at(clock.now().replace(year=year, month=2, day=day, hour=12)):
            page = chain.terminal().get(f"/terminal/cards/{number}").text
        assert ("Birthday today" in page) is said, (year, day)


def test_the_last_visit_names_the_other_shop(chain: Chain) -> None:
    number = chain.card()
    elsewhere = Actor("key:1", vendor_id=chain.second_vendor.id)
    with clock.at(clock.now() - timedelta(days=1)):
        chain.stamp(number, by=elsewhere)
    assert (
        "Last here yesterday, at Station" in chain.terminal().get(f"/terminal/cards/{number}").text
    )


def test_a_blocked_card_says_so_and_offers_nothing(chain: Chain) -> None:
    number = chain.card(first_name="Ada", email=f"ada@{chain.slug}.example")
    with chain.acting() as session:
        session.scalars(select(LoyaltyCard)).one().status = BLOCKED
        session.commit()
    browser = chain.terminal()
    page = browser.get(f"/terminal/cards/{number}").text
    assert "This card is blocked" in page
    assert "Give 1 stamp" not in page
    answer = browser.post(f"/terminal/cards/{number}/stamps", data={"key": "k"})
    assert answer.status_code == 409
    assert "Ada’s card is blocked." in answer.text


def test_C14_a_paused_programme_gives_nothing_but_rewards_until_the_stated_day(
    chain: Chain,
) -> None:
    chain.publish(stamps_target=2)
    number = chain.card()
    chain.stamp(number, 2)
    chain.switch(active=False, redeemable_until=clock.now().date() + timedelta(days=30))
    browser = chain.terminal()
    find(browser, number)
    page = browser.get(f"/terminal/cards/{number}").text
    assert "Give: Free item" in page
    assert "Give 1 stamp" not in page
    answer = browser.post(f"/terminal/cards/{number}/stamps", data={"key": "k"})
    assert (answer.status_code, "The programme is paused." in answer.text) == (409, True)
    assert (
        browser.post(
            "/terminal/enrol", data={"first_name": "Bo", "contact": "bo@example.org"}
        ).status_code
        == 409
    )


# -- enrolling ----------------------------------------------------------------------------------


def test_a_new_customer_leads_to_their_card_with_a_code_for_their_phone(chain: Chain) -> None:
    browser = chain.terminal()
    form = {"first_name": "Zoë", "contact": "+352 691 000 001"}
    answer = browser.post("/terminal/enrol", data=form)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "link-code" in page
    assert "Give 1 stamp" in page
    again = browser.post("/terminal/enrol", data=form)  # the same form sent twice
    assert again.location == answer.location
    assert "has a card already" not in browser.get(again.location).text


def test_T29_a_known_contact_opens_its_card_and_shows_its_link_to_nobody(chain: Chain) -> None:
    number = ada(chain)
    browser = chain.terminal()
    answer = browser.post(
        "/terminal/enrol", data={"first_name": "Eve", "contact": f"ada@{chain.slug}.example"}
    )
    assert answer.location == f"/terminal/cards/{number}"
    page = browser.get(answer.location).text
    assert "This person has a card already" in page
    assert "link-code" not in page
    assert "Ada L." in page


def test_the_link_is_gone_when_the_next_card_is_found(chain: Chain) -> None:
    browser, other = chain.terminal(), chain.card()
    made = browser.post(
        "/terminal/enrol", data={"first_name": "Zoë", "contact": "z@example.org"}
    ).location
    find(browser, other)
    assert "link-code" not in browser.get(made).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"first_name": "", "contact": "a@example.org"}, "Ask for the first name."),
        ({"first_name": "Ada", "contact": ""}, "Ask for a phone number or an e-mail address."),
        ({"first_name": "Ada", "contact": "ada"}, "Type a phone number or an e-mail address."),
        ({"first_name": "Ada", "contact": "ada@"}, "That is no e-mail address."),
        ({"first_name": "Ada", "contact": "9" * 20}, "That is no phone number."),
        ({"first_name": "A" * 81, "contact": "a@example.org"}, "At most 80 letters"),
        ({"first_name": "A\0a", "contact": "a@example.org"}, "At most 80 letters"),
    ],
)
def test_a_form_that_cannot_be_used_says_why_and_keeps_what_was_typed(
    chain: Chain, form: dict[str, str], said: str
) -> None:
    answer = chain.terminal().post("/terminal/enrol", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    kept = [value for value in form.values() if value and "\0" not in value]
    assert all(f'value="{value}"' in answer.text for value in kept)


# -- what never happens -------------------------------------------------------------------------


def test_hostile_names_show_as_text_everywhere(chain: Chain) -> None:
    chain.publish(
        stamps_reward_name=HOSTILE, stamps_target=2, cooldown_minutes=0, max_daily_stamps=None
    )
    number = chain.card(
        first_name=HOSTILE, last_name="'\"><img src=x>", email=f"{secrets.token_hex(4)}@example.org"
    )
    browser = chain.terminal()
    find(browser, number)
    pages = [browser.get(f"/terminal/cards/{number}")]
    for quantity in ("1", "1", "100"):
        answer = browser.post(
            f"/terminal/cards/{number}/stamps",
            data={"key": secrets.token_hex(4), "quantity": quantity},
        )
        pages.append(browser.get(answer.location) if answer.status_code == 303 else answer)
    pages += [
        browser.get(path)
        for path in ("/terminal/", f"/terminal/cards/{number}", f"/terminal/cards/{number}/history")
    ]
    pages.append(find(browser, HOSTILE))
    for page in pages:
        assert HOSTILE not in page.text
        assert "<img" not in page.text
        assert "&lt;script&gt;" in page.text


def test_the_history_tells_every_line_page_by_page(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    for _ in range(26):
        chain.stamp(number)
    browser = chain.terminal()
    first = browser.get(f"/terminal/cards/{number}/history").text
    assert first.count("given at Old Town") == 25
    older = browser.get(f"/terminal/cards/{number}/history?before=2").text
    assert older.count("given at Old Town") == 1
    assert browser.get(f"/terminal/cards/{number}/history?before=x'").status_code == 200
