"""The verbs at the counter: one press, one line, one verdict; and each refusal's whole screen."""

import re
import secrets
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import event

from app import clock
from app.accounts.actors import Actor
from app.extensions import db
from tests.cast import Browser, Chain


def stamp(browser: Browser, number: str, key: str | None = None, **more: str):  # type: ignore[no-untyped-def]
    form = {"key": key or secrets.token_hex(8)} | more
    return browser.post(f"/terminal/cards/{number}/stamps", data=form)


def redeem(browser: Browser, number: str, key: str | None = None):  # type: ignore[no-untyped-def]
    return browser.post(
        f"/terminal/cards/{number}/redemptions", data={"key": key or secrets.token_hex(8)}
    )


def undo(browser: Browser, transaction_id: int, key: str | None = None):  # type: ignore[no-untyped-def]
    path = f"/terminal/transactions/{transaction_id}/undo"
    return browser.post(path, data={"key": key or secrets.token_hex(8)})


def scan(browser: Browser, typed: str) -> None:
    assert browser.post("/terminal/find", data={"card": typed}).status_code == 303


def words(page: str) -> str:
    """What a person reads of a page."""
    body = page.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def ada(chain: Chain) -> str:
    return chain.card(first_name="Ada", last_name="Lovelace", email=f"ada@{chain.slug}.example")


# -- stamping -----------------------------------------------------------------------------------


def test_a_stamp_ends_on_its_verdict_before_and_after_in_words(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    answer = stamp(browser, number)
    assert answer.status_code == 303
    said = words(browser.get(answer.location).text)
    assert "A stamp for Ada." in said
    assert "0 → 1 of 10" in said
    assert "1 stamp, given at Old Town" in said
    assert "1 of 5 today" in said
    line = chain.lines(number)[0]
    assert (line.staff_id, line.terminal_id, line.vendor_id, line.proven) == (
        chain.staff.staff_id,
        chain.terminal_id,
        chain.vendor.id,
        True,
    )


def test_several_stamps_are_told_in_the_plural(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    said = words(browser.get(stamp(browser, number, quantity="3").location).text)
    assert "3 stamps for Ada." in said
    assert "3 stamps, given at Old Town" in said


def test_the_stamp_that_fills_the_card_says_that_the_reward_is_ready(chain: Chain) -> None:
    chain.publish(stamps_target=1)
    number, browser = ada(chain), chain.terminal()
    said = words(browser.get(stamp(browser, number).location).text)
    assert "Free item is ready now." in said
    assert said.count("Free item is ready") == 1
    assert "makes 2 stamps" in browser.get(f"/terminal/cards/{number}").text
    assert "0 → 1 of 1" in said


def test_a_double_submit_gives_the_same_verdict_and_one_line(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    first, second = stamp(browser, number, "k"), stamp(browser, number, "k")
    assert first.location == second.location
    assert len(chain.lines(number)) == 1
    pages = [browser.get(first.location).text for _ in range(2)]
    assert words(pages[0]) == words(pages[1])


def test_the_same_key_for_another_quantity_is_refused(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    stamp(browser, number, "k")
    assert stamp(browser, number, "k", quantity="2").status_code == 422
    assert len(chain.lines(number)) == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "a\0b"])
def test_a_form_without_a_usable_key_changes_nothing(chain: Chain, key: str) -> None:
    number = ada(chain)
    path = f"/terminal/cards/{number}/stamps"
    assert chain.terminal().post(path, data={"key": key}).status_code == 400
    assert not chain.lines(number)


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "x", "101", "99999", "１"])
def test_an_unusable_quantity_says_what_was_expected(chain: Chain, quantity: str) -> None:
    number = ada(chain)
    answer = stamp(chain.terminal(), number, quantity=quantity)
    assert answer.status_code == 422
    assert "expected" in answer.text
    assert not chain.lines(number)


def test_somebody_looked_up_by_phone_or_email_may_be_stamped(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    scan(browser, f"ada@{chain.slug}.example")
    assert stamp(browser, number).status_code == 303


def test_a_stamp_at_the_counter_takes_at_most_twelve_statements(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    stamp(browser, chain.card())  # the rules are in memory now
    seen: list[str] = []

    def count(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SET ", "PRAGMA", "SELECT set_config")):
            seen.append(statement)

    with chain.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert stamp(browser, number).status_code == 303
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(seen) <= 12, seen


# -- refusals, each a whole screen --------------------------------------------------------------


def test_C6_the_cooldown_counts_down_with_who_gave_the_last_stamp(chain: Chain) -> None:
    number, start = ada(chain), clock.now()
    with clock.at(start):
        stamp(chain.terminal(), number)
    with clock.at(start + timedelta(minutes=14, seconds=59)):
        answer = stamp(chain.terminal(), number)
    said = words(answer.text)
    assert answer.status_code == 409
    assert "Ada has this visit’s stamp already." in said
    assert "leaves 15 minutes between stamps" in said
    assert f"by {chain.staff.name}, at Old Town" in said
    assert 'data-seconds="1" data-total="900"' in answer.text
    assert "1 of 10, unchanged" in said
    with clock.at(start + timedelta(minutes=15)):
        assert stamp(chain.terminal(), number).status_code == 303


def test_the_refused_press_can_be_repeated_when_its_time_has_come(chain: Chain) -> None:
    number, start = ada(chain), clock.now()
    with clock.at(start):
        stamp(chain.terminal(), number)
        refused = stamp(chain.terminal(), number, "again")
    assert 'name="key" value="again"' in refused.text
    with clock.at(start + timedelta(minutes=15)):
        assert stamp(chain.terminal(), number, "again").status_code == 303


def test_the_daily_cap_says_how_many_still_fit(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0)
    number, browser = ada(chain), chain.terminal()
    stamp(browser, number, quantity="4")
    some = stamp(browser, number, quantity="2")
    assert (some.status_code, "Only 1 more stamp fits today." in words(some.text)) == (409, True)
    stamp(browser, number)
    none = stamp(browser, number)
    assert (none.status_code, "Ada has all of today’s stamps." in words(none.text)) == (409, True)
    assert "5 of 5" in words(none.text)


def test_an_unknown_card_is_a_clear_page(chain: Chain) -> None:
    for number in ("NOPE", "000000000000", "<script>"):
        answer = chain.terminal().get(f"/terminal/cards/{number}")
        assert answer.status_code == 404
        assert "There is no card with that number." in answer.text


# -- redeeming ----------------------------------------------------------------------------------


def test_a_scanned_full_card_gives_its_reward_and_keeps_the_rest(chain: Chain) -> None:
    chain.publish(stamps_target=3)
    number, browser = ada(chain), chain.terminal()
    chain.stamp(number, 4)
    scan(browser, number)
    page = browser.get(f"/terminal/cards/{number}").text
    assert "Give: Free item" in page
    assert page.index("btn--ready") < page.index("Give 1 stamp")
    answer = redeem(browser, number, "k")
    said = words(browser.get(answer.location).text)
    assert "Free item for Ada." in said
    assert "4 → 1 of 3" in said
    assert redeem(browser, number, "k").location == answer.location
    assert len(chain.lines(number)) == 2


def test_somebody_only_looked_up_takes_nothing_until_the_card_is_scanned(chain: Chain) -> None:
    chain.publish(stamps_target=1)
    number, browser = ada(chain), chain.terminal()
    chain.stamp(number)
    scan(browser, f"ada@{chain.slug}.example")
    assert "Scan the card to give it" in browser.get(f"/terminal/cards/{number}").text
    answer = redeem(browser, number)
    assert answer.status_code == 403
    assert "First scan Ada’s card." in words(answer.text)
    assert len(chain.lines(number)) == 1
    scan(browser, number)
    assert redeem(browser, number).status_code == 303


def test_scanning_one_card_does_not_open_anothers_reward(chain: Chain) -> None:
    chain.publish(stamps_target=1)
    number, other, browser = ada(chain), chain.card(), chain.terminal()
    chain.stamp(number)
    scan(browser, number)
    scan(browser, other)
    assert redeem(browser, number).status_code == 403


def test_a_replayed_redemption_keeps_its_verdict_after_the_next_customer(chain: Chain) -> None:
    chain.publish(stamps_target=1)
    number, other, browser = ada(chain), chain.card(), chain.terminal()
    chain.stamp(number)
    scan(browser, number)
    first = redeem(browser, number, "k")
    scan(browser, other)
    assert redeem(browser, number, "k").location == first.location


def test_too_few_stamps_say_how_many_are_missing(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    chain.stamp(number)
    scan(browser, number)
    answer = redeem(browser, number)
    assert answer.status_code == 409
    assert "9 more stamps to go." in words(answer.text)
    assert "Free item comes with 10 stamps." in words(answer.text)


# -- taking back --------------------------------------------------------------------------------


def test_undo_within_ten_minutes_takes_the_stamp_back_once(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    stamp(browser, number, quantity="2")
    line = chain.lines(number)[0]
    answer = undo(browser, line.id, "u")
    said = words(browser.get(answer.location).text)
    assert "Taken back" in said
    assert "Ada’s 2 stamps are taken back." in said
    assert "2 → 0 of 10" in said
    assert undo(browser, line.id, "u").location == answer.location  # the same press
    again = undo(browser, line.id)
    assert (again.status_code, "taken back already" in again.text) == (409, True)
    assert [one.type for one in chain.lines(number)] == ["stamps_added", "voided"]


def test_undo_belongs_to_the_person_who_gave_the_stamp(chain: Chain) -> None:
    number, browser = ada(chain), chain.terminal()
    stamp(browser, number)
    line = chain.lines(number)[0]
    other = chain.terminal(chain.manager)
    assert "Undo" not in words(other.get("/terminal/").text)
    answer = undo(other, line.id)
    assert (answer.status_code, "A second person is needed." in answer.text) == (403, True)
    assert f"/terminal/transactions/{line.id}/return" in answer.text
    assert len(chain.lines(number)) == 1


def test_undo_ends_after_ten_minutes(chain: Chain) -> None:
    number, start = ada(chain), clock.now()
    with clock.at(start):
        stamp(chain.terminal(), number)
    line = chain.lines(number)[0]
    for seconds, offered in ((600, True), (601, False)):
        with clock.at(start + timedelta(seconds=seconds)):
            browser = chain.terminal()
            page = browser.get("/terminal/").text
            assert (f"/terminal/transactions/{line.id}/undo" in page) is offered
            if not offered:
                answer = undo(browser, line.id)
                assert (answer.status_code, "A second person is needed." in answer.text) == (
                    403,
                    True,
                )


def test_another_companys_line_is_nobodys(chain: Chain, other_chain: Chain) -> None:
    chain.stamp(number := ada(chain))
    line = chain.lines(number)[0]
    stranger = other_chain.terminal()
    assert stranger.get(f"/terminal/verdicts/{line.id}").status_code == 404
    assert undo(stranger, line.id).status_code == 404
    assert stamp(stranger, number).status_code == 404
    assert redeem(stranger, number).status_code == 404


# -- the shift ----------------------------------------------------------------------------------


def test_the_feed_is_this_terminals_business_day_newest_first(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0)
    number = ada(chain)
    noon = clock.now().replace(hour=12)
    with clock.at(noon - timedelta(days=1)):
        chain.stamp(number)
    with clock.at(noon):
        browser = chain.terminal()
        stamp(browser, number)
        stamp(browser, number, quantity="2")
        chain.stamp(number, by=Actor("key:1", vendor_id=chain.vendor.id))  # not at this terminal
        said = words(browser.get("/terminal/").text)
    assert said.index("2 stamps, now 4 of 10") < said.index("stamp 2 of 10")
    assert "stamp 1 of 10" not in said
    assert "stamp 5 of 10" not in said
    assert "1 card 3 stamps 0 rewards given" in said


def test_the_figures_of_the_shift_leave_out_what_was_taken_back(chain: Chain) -> None:
    chain.publish(stamps_target=2, cooldown_minutes=0)
    number, other, browser = ada(chain), chain.card(), chain.terminal()
    stamp(browser, number, quantity="2")
    scan(browser, number)
    redeem(browser, number)
    stamp(browser, other)
    undo(browser, chain.lines(other)[0].id)
    assert "2 cards 2 stamps 1 reward given" in words(browser.get("/terminal/").text)


def test_an_empty_shift_teaches_what_will_stand_there(chain: Chain) -> None:
    assert "can be undone for ten minutes" in chain.terminal().get("/terminal/").text


def test_C8_a_colleagues_line_names_them(chain: Chain) -> None:
    number = ada(chain)
    stamp(chain.terminal(), number)
    assert f"by {chain.staff.name}" in words(chain.terminal(chain.manager).get("/terminal/").text)
