"""A sale at the counter: the amount as it is typed, its preview, its verdict, its history."""

import re
import secrets
from datetime import date
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.accounts.customers import Customer
from app.modules.loyalty.cards import BLOCKED, LoyaltyCard
from app.modules.loyalty.programs.rules import Bonus, Tier
from tests.cast import Browser, Chain

GOLD = (Tier("Bronze", 0, 10_000), Tier("Gold", 50, 12_500))


@pytest.fixture
def points(chain: Chain) -> Chain:
    """The chain, giving points alone."""
    chain.publish(loyalty_type="points", tiers=GOLD)
    return chain


def ada(chain: Chain, **more: str) -> str:
    return chain.card(first_name="Ada", email=f"ada@{chain.slug}.example", **more)


def sell(browser: Browser, number: str, amount: str, key: str | None = None, **more: str) -> Any:
    form = {"key": key or secrets.token_hex(8), "amount": amount} | more
    return browser.post(f"/terminal/cards/{number}/sales", data=form)


def preview(browser: Browser, number: str, amount: str, **more: str) -> dict[str, Any]:
    query = {"amount": amount} | more
    answer = browser.get(f"/terminal/cards/{number}/preview", query_string=query)
    assert answer.status_code == 200
    return dict(answer.json)


def words(page: str) -> str:
    body = page.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def verdict(browser: Browser, answer: Any) -> str:
    assert answer.status_code == 303, words(answer.text)
    return words(browser.get(answer.location).text)


# -- the amount as it is typed -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [
        ("EUR", "12.50", 1_250),
        ("EUR", "12,50", 1_250),
        ("EUR", "12", 1_200),
        ("EUR", " 0.01 ", 1),
        ("EUR", "9999999999.99", 999_999_999_999),
        ("JPY", "1250", 1_250),
        ("KWD", "1.250", 1_250),
        ("KWD", "1,250", 1_250),
    ],
)
def test_an_amount_is_read_exactly_in_the_currencys_digits(
    app: Any, currency: str, typed: str, minor: int
) -> None:
    chain = Chain.open(app, currency=currency, loyalty_type="points", points_per_unit=0)
    number = chain.card()
    answer = sell(chain.terminal(), number, typed)
    assert answer.status_code == 303
    assert chain.lines(number)[0].amount_minor == minor


HOSTILE = ["", "12,5", "1e3", "-5", "12.505", "1234567890123", "0.00", "１２", "1 000"]
HOSTILE += ["1,000.00", "12.50€", "<script>", "12.", "NaN", "9" * 400]


def test_an_amount_that_cannot_be_used_says_why_and_loses_nothing(points: Chain) -> None:
    points.publish(category_rates={"cakes": 3})
    number, browser = ada(points), points.terminal()
    for typed in HOSTILE:
        answer = sell(browser, number, typed, category="cakes")
        assert answer.status_code == 422, typed
        assert 'class="wrong"' in answer.text, typed
        assert f'value="{typed[:40]}"' in unescape(answer.text), typed
        assert re.search(r'value="cakes"[^>]* checked', answer.text), typed
        assert "<script>" not in answer.text.partition("<body")[2]
        told = preview(browser, number, typed)
        assert (told["ok"], bool(told["why"])) == (False, True), typed
    assert not points.lines(number)


def test_a_lone_digit_after_the_point_is_asked_again_with_an_example(points: Chain) -> None:
    answer = sell(points.terminal(), ada(points), "12,5")
    assert "“12,5” is no amount. Type it such as 12.50." in words(answer.text)


def test_yen_have_no_digits_after_the_point_and_say_so(app: Any) -> None:
    chain = Chain.open(app, currency="JPY", loyalty_type="points")
    number, browser = chain.card(), chain.terminal()
    assert "Type it such as 1250." in words(sell(browser, number, "12.50").text)
    page = browser.get(f"/terminal/cards/{number}").text
    assert 'data-decimals="0"' in page
    assert 'placeholder="0"' in page


# -- the preview is the award --------------------------------------------------------------------


def test_the_preview_says_the_points_and_the_sum_that_makes_them(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    sell(browser, number, "60.00")
    assert preview(browser, number, "12.50") == {
        "gives": "gives *15 points*",
        "why": "12.50 × 1.25 gold, rounded down once",
        "button": "Give 15 points",
        "ok": True,
    }


def test_B1_what_was_shown_while_typing_is_what_is_given(points: Chain) -> None:
    points.publish(
        minimum_purchase_minor=50,
        max_points_per_order=60,
        bonuses=(Bonus("Second", points=5, every=2), Bonus("Always", percent_bp=1_500)),
    )
    number, browser = ada(points), points.terminal()
    amounts = ["0.01", "0.99", "1.00", "7.77", "12.50", "48.80", "49.99", "60.00"]
    for nth, amount in enumerate(amounts):
        shown = preview(browser, number, amount)
        sell(browser, number, amount)
        given = points.lines(number)[nth].points
        said = re.search(r"\*(\d+) points?\*", shown["gives"])
        assert (int(said[1]) if said else 0) == given, amount
        assert (f"Give {given} point" in shown["button"]) is (given > 0), amount


def test_a_preview_writes_nothing(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    preview(browser, number, "12.50")
    assert not points.lines(number)
    assert points.card_row(number).sequence == 0


def test_a_preview_on_a_blocked_card_says_why_not(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    with points.acting() as session:
        session.scalars(select(LoyaltyCard)).one().status = BLOCKED
        session.commit()
    told = preview(browser, number, "12.50")
    assert (told["ok"], "blocked" in told["why"]) == (False, True)


def test_nobody_previews_another_companys_card(points: Chain, other_chain: Chain) -> None:
    theirs, browser = other_chain.card(), points.terminal()
    path = f"/terminal/cards/{theirs}/preview"
    assert browser.get(path, query_string={"amount": "12.50"}).status_code == 404
    assert sell(browser, theirs, "12.50").status_code == 404
    assert not other_chain.lines(theirs)


# -- the sale and its verdict --------------------------------------------------------------------


def test_a_sale_ends_on_its_verdict_before_and_after_in_words(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    sell(browser, number, "60.00")
    said = verdict(browser, sell(browser, number, "12.50"))
    assert "15 points for Ada." in said
    assert "Sale €12.50 Gold × 1.25 Points 60 → 75" in said


def test_the_verdict_says_which_tier_was_reached(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    said = verdict(browser, sell(browser, number, "50.00"))
    assert "Gold now" in said


def test_C11_a_form_sent_twice_is_one_sale(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    first, second = (sell(browser, number, "12.50", "k") for _ in range(2))
    assert first.location == second.location
    assert [line.points for line in points.lines(number)] == [12]
    assert sell(browser, number, "12.51", "k").status_code == 422
    assert len(points.lines(number)) == 1


def test_B6_a_sale_below_the_minimum_is_a_verdict_that_says_what_is_missing(points: Chain) -> None:
    points.publish(minimum_purchase_minor=500)
    number, browser = ada(points), points.terminal()
    told = preview(browser, number, "4.99")
    assert told["gives"] == "gives *no points*"
    assert "0.01" in told["why"]
    said = verdict(browser, sell(browser, number, "4.99"))
    assert "No points for this sale." in said
    assert "€0.01 is missing" in said
    assert "Points 0, as before" in said


def test_a_sale_that_brings_a_stamp_says_both(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", stamps_per_sale=1)
    number, browser = ada(chain), chain.terminal()
    assert preview(browser, number, "12.50")["button"] == "Give 12 points and 1 stamp"
    said = verdict(browser, sell(browser, number, "12.50"))
    assert "Points 0 → 12 Stamps 0 → 1 of 10" in said
    again = preview(browser, number, "12.50")
    assert again["button"] == "Give 12 points"  # the cooldown keeps the stamp, not the points
    assert again["why"].startswith("12.50, rounded down once · ")


def test_a_category_is_chosen_for_the_whole_sale(points: Chain) -> None:
    points.publish(category_rates={"cakes": 3})
    number, browser = ada(points), points.terminal()
    page = browser.get(f"/terminal/cards/{number}").text
    assert page.index("Everything") < page.index("cakes")
    assert preview(browser, number, "10.00", category="cakes")["button"] == "Give 30 points"
    sell(browser, number, "10.00", category="cakes")
    assert points.lines(number)[0].points == 30
    unknown = sell(browser, number, "10.00", category="shoes")
    assert (unknown.status_code, "no such category" in unknown.text) == (422, True)


# -- the card page -------------------------------------------------------------------------------


def test_a_points_card_has_its_keypad_and_no_stamps(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    page = browser.get(f"/terminal/cards/{number}").text
    assert f'data-preview-url="/terminal/cards/{number}/preview"' in page
    assert "stamps-block" not in page
    assert "Give 1 stamp" not in page


def test_a_hybrid_card_stamps_with_one_press_beside_the_sale(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", stamps_target=2)
    number, browser = ada(chain), chain.terminal()
    page = browser.get(f"/terminal/cards/{number}").text
    assert "data-preview-url" in page
    assert "Give 1 stamp" in page
    several = browser.get(f"/terminal/cards/{number}?side=stamps").text
    assert "data-preview-url" not in several
    assert "Give 2 stamps" in several


def test_a_ready_reward_takes_the_stamp_buttons_place(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", stamps_target=1)
    number, browser = ada(chain), chain.terminal()
    chain.stamp(number)
    browser.post("/terminal/find", data={"card": number})
    page = browser.get(f"/terminal/cards/{number}").text
    assert "Give: Free item" in page
    assert "Give 1 stamp" not in page


def test_where_sales_bring_the_stamps_nobody_gives_them_by_hand(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", stamps_per_sale=1)
    number, browser = ada(chain), chain.terminal()
    assert "Give 1 stamp" not in browser.get(f"/terminal/cards/{number}?side=stamps").text


def test_the_card_greets_with_tier_debt_what_is_near_and_the_birthdays_bonus(points: Chain) -> None:
    points.publish(birthday_bonus_bp=10_000, tiers=GOLD)
    number, browser = ada(points), points.terminal()
    with points.acting() as session:
        card = session.scalars(select(LoyaltyCard)).one()
        customer = session.get_one(Customer, (card.company_id, card.customer_id))
        today = clock.business_day(clock.now(), "Europe/Luxembourg")
        born = 1992 if (today.month, today.day) == (2, 29) else 1990
        customer.birthday = date(born, today.month, today.day)
        session.commit()
    said = words(browser.get(f"/terminal/cards/{number}").text)
    assert "Birthday today: the bonus comes with the next sale" in said
    sell(browser, number, "20.00")  # doubled
    said = words(browser.get(f"/terminal/cards/{number}").text)
    assert "Birthday today" in said
    assert "the bonus comes" not in said
    assert "10 points to Gold" in said


def test_a_five_digit_balance_is_grouped_and_a_debt_has_its_minus(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    sell(browser, number, "12345.00")
    assert "12,345" in browser.get(f"/terminal/cards/{number}").text
    with points.acting() as session:
        session.scalars(select(LoyaltyCard)).one().points_balance = -12
        session.commit()
    said = words(browser.get(f"/terminal/cards/{number}").text)
    assert "−12" in said
    assert "12 points owed" in said


def test_a_sale_says_what_of_it_repaid_a_debt(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    with points.acting() as session:
        session.scalars(select(LoyaltyCard)).one().points_balance = -12
        session.commit()
    said = verdict(browser, sell(browser, number, "5.00"))
    assert "They repay what was owed: 7 points still to go" in said
    assert "7 of them repaid what was owed" in verdict(browser, sell(browser, number, "9.00"))
    assert "owed" not in verdict(browser, sell(browser, number, "9.00"))


def test_a_blocked_or_paused_card_has_no_keypad(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    points.switch(active=False)
    page = browser.get(f"/terminal/cards/{number}").text
    assert "The programme is paused" in page
    assert "data-preview-url" not in page
    assert sell(browser, number, "1.00").status_code == 409


# -- the feed, the history, the shift ------------------------------------------------------------


def test_feed_and_figures_of_the_shift_speak_points_less_what_went_back(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    sell(browser, number, "12.00")
    sell(browser, number, "8.00")
    browser.post(f"/terminal/transactions/{points.lines(number)[1].id}/undo", data={"key": "back"})
    said = words(browser.get("/terminal/").text)
    assert "+12 points" in said
    assert "€8.00 returned" in said
    assert "1 card 12 points 0 rewards given" in said


def test_T8_every_line_of_the_history_answers_why(points: Chain) -> None:
    number, browser = ada(points), points.terminal()
    sell(browser, number, "60.00")
    sell(browser, number, "12.50")
    page = browser.get(f"/terminal/cards/{number}/history").text
    said = words(page)
    assert page.count("<summary>Why?</summary>") == 2
    assert "12.50 × 1.25 gold, rounded down once" in said
    assert "15.625" in said


def test_a_card_past_its_target_counts_in_plain_stamps_everywhere(chain: Chain) -> None:
    chain.publish(stamps_target=2, cooldown_minutes=0, max_daily_stamps=None)
    number, browser = ada(chain), chain.terminal()
    form = {"quantity": "3"}
    path = f"/terminal/cards/{number}/stamps"
    answer = browser.post(path, data=form | {"key": "k"})
    pages = [browser.get(answer.location), browser.get("/terminal/")]
    pages.append(browser.get(f"/terminal/cards/{number}/history"))
    assert all("3 of 2" not in words(page.text).partition("Why?")[0] for page in pages)
