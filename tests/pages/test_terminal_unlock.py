"""The counter before anybody stands at it: pairing, unlocking, locking."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.accounts import staff, terminals
from app.accounts.staff import StaffPin, StaffSession
from tests.cast import PIN, Browser, Chain


def a_code(chain: Chain, name: str = "Till 2") -> str:
    with chain.acting() as session:
        _, code = terminals.prepare(vendor_id=chain.vendor.id, name=name)
        session.commit()
    return code


def unlock(browser: Browser, chain: Chain, pin: str = PIN, **more: str):  # type: ignore[no-untyped-def]
    form = {"staff_id": str(chain.staff.staff_id), "pin": pin} | more
    return browser.post("/terminal/unlock", data=form)


# -- pairing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["as shown", "lower case", "without the dash", "spaced"])
def test_a_code_pairs_however_it_is_typed(chain: Chain, typed: str) -> None:
    code = a_code(chain)
    form = {
        "as shown": code,
        "lower case": code.lower(),
        "without the dash": code.replace("-", ""),
        "spaced": f" {code.replace('-', ' - ')} ",
    }[typed]
    browser = chain.browser()
    answer = browser.post("/terminal/pair", data={"code": form})
    assert (answer.status_code, answer.location) == (303, "/terminal/unlock")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "Who is at the counter?" in browser.get("/terminal/unlock").text


def test_a_wrong_code_keeps_what_was_typed(chain: Chain) -> None:
    answer = chain.browser().post("/terminal/pair", data={"code": "ABCD-<b>1"})
    assert answer.status_code == 401
    assert 'value="ABCD-&lt;b&gt;1"' in answer.text
    assert "That code is wrong" in answer.text
    assert "Set-Cookie" not in {n for n, v in answer.headers if v.startswith("terminal=")}


def test_a_code_pairs_one_browser(chain: Chain) -> None:
    code = a_code(chain)
    assert chain.browser().post("/terminal/pair", data={"code": code}).status_code == 303
    assert chain.browser().post("/terminal/pair", data={"code": code}).status_code == 401


def test_a_code_older_than_fifteen_minutes_pairs_nothing(chain: Chain) -> None:
    code = a_code(chain)
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        assert chain.browser().post("/terminal/pair", data={"code": code}).status_code == 401


def test_an_unpaired_browser_is_led_to_pairing(chain: Chain) -> None:
    for page in ("/terminal/", "/terminal/unlock", "/terminal/enrol"):
        answer = chain.browser().get(page)
        assert (answer.status_code, answer.location) == (303, "/terminal/pair")


def test_a_revoked_terminal_is_out_at_once(chain: Chain) -> None:
    browser = chain.terminal()
    with chain.acting() as session:
        terminals.revoke(terminals.find(chain.terminal_id))
        session.commit()
    assert browser.get("/terminal/").location == "/terminal/pair"


# -- unlocking ----------------------------------------------------------------------------------


def test_the_right_pin_unlocks_with_a_new_session(chain: Chain) -> None:
    browser = chain.terminal(unlocked=False)
    with browser.session_transaction() as session:
        session["left_by_the_last_person"] = "yes"
    answer = unlock(browser, chain)
    assert (answer.status_code, answer.location) == (303, "/terminal/")
    with browser.session_transaction() as session:
        assert "left_by_the_last_person" not in session
    page = browser.get("/terminal/")
    assert "Ready." in page.text
    assert chain.staff.name in page.text


def test_unlocking_leads_back_to_where_one_was_but_never_elsewhere(chain: Chain) -> None:
    browser = chain.terminal(unlocked=False)
    number = chain.card()
    asked = browser.get(f"/terminal/cards/{number}")
    assert asked.status_code == 303
    assert f'name="next" value="/terminal/cards/{number}"' in browser.get(asked.location).text
    assert unlock(browser, chain, next=f"/terminal/cards/{number}").location.endswith(number)
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert unlock(browser, chain, next=elsewhere).location == "/terminal/"


def test_a_wrong_pin_says_how_many_tries_are_left_and_never_the_pin(chain: Chain) -> None:
    browser = chain.terminal(unlocked=False)
    answer = unlock(browser, chain, "97531")
    assert answer.status_code == 401
    assert "9 tries are left" in answer.text
    assert "97531" not in answer.text
    assert browser.get("/terminal/").status_code == 303


@pytest.mark.parametrize("typed", ["", "123", "123456789", "12a4", "１２３４"])
def test_what_cannot_be_a_pin_is_a_slip_and_not_counted(chain: Chain, typed: str) -> None:
    answer = unlock(chain.terminal(unlocked=False), chain, typed)
    assert answer.status_code == 422
    assert "A PIN has 4 to 8 digits." in answer.text
    with chain.acting() as session:
        pin = session.scalar(select(StaffPin).where(StaffPin.staff_id == chain.staff.staff_id))
        assert pin is not None
        assert pin.failures == 0


def test_C8_a_locked_name_shows_until_when_and_counts_down(chain: Chain) -> None:
    with chain.acting() as session:
        pin = session.scalar(select(StaffPin).where(StaffPin.staff_id == chain.staff.staff_id))
        assert pin is not None
        pin.failures, pin.locked_until = 6, clock.now() + timedelta(seconds=58)
        session.commit()
    browser = chain.terminal(unlocked=False)
    page = browser.get("/terminal/unlock").text
    assert "locked until" in page
    assert f'value="{chain.staff.staff_id}" id="tile-{chain.staff.staff_id}"' in page
    answer = unlock(browser, chain)  # even the right PIN waits
    assert answer.status_code == 423
    assert 'data-behaviour="countdown"' in answer.text


def test_the_miss_that_locks_counts_down_as_well(chain: Chain) -> None:
    with chain.acting() as session:
        pin = session.scalar(select(StaffPin).where(StaffPin.staff_id == chain.staff.staff_id))
        assert pin is not None
        pin.failures = 4
        session.commit()
    answer = unlock(chain.terminal(unlocked=False), chain, "97531")
    assert answer.status_code == 401
    assert "5 tries are left" in answer.text
    assert 'data-behaviour="countdown"' in answer.text


def test_names_stand_as_a_person_sorts_them(chain: Chain) -> None:
    with chain.acting() as session:
        for name in ("Luca", "Étienne", "yves"):
            staff.create(name=name, vendor_id=chain.vendor.id)
        session.commit()
        found = [who.name for who, _ in staff.at_vendor(chain.vendor.id)]
    assert [n for n in found if n in ("Étienne", "Luca", "yves")] == ["Étienne", "Luca", "yves"]


def test_somebody_of_another_shop_cannot_unlock_this_counter(chain: Chain) -> None:
    with chain.acting() as session:
        stranger = staff.create(name="Elsewhere", vendor_id=chain.second_vendor.id)
        session.commit()
        other = stranger.id
    browser = chain.terminal(unlocked=False)
    assert "Elsewhere" not in browser.get("/terminal/unlock").text
    answer = browser.post("/terminal/unlock", data={"staff_id": str(other), "pin": PIN})
    assert answer.status_code == 404


def test_where_no_pin_is_asked_the_name_is_enough_and_the_line_says_unproven(chain: Chain) -> None:
    chain.publish(require_staff_pin=False)
    browser = chain.terminal(unlocked=False)
    assert 'type="password"' not in browser.get("/terminal/unlock").text
    answer = browser.post("/terminal/unlock", data={"staff_id": str(chain.staff.staff_id)})
    assert answer.status_code == 303
    number = chain.card(first_name="Ada", email=f"{chain.slug}@example.org")
    answer = browser.post(f"/terminal/cards/{number}/stamps", data={"key": "k"})
    assert "unproven" in browser.get(answer.location).text
    assert "unproven" in browser.get("/terminal/").text
    assert chain.lines(number)[0].proven is False


def test_a_rule_that_asks_for_pins_turns_unproven_people_away_at_once(chain: Chain) -> None:
    chain.publish(require_staff_pin=False)
    browser = chain.terminal(unlocked=False)
    browser.post("/terminal/unlock", data={"staff_id": str(chain.staff.staff_id)})
    assert browser.get("/terminal/").status_code == 200
    number = chain.card()
    chain.publish(require_staff_pin=True)
    assert browser.get("/terminal/").location == "/terminal/unlock"
    answer = browser.post(f"/terminal/cards/{number}/stamps", data={"key": "k"})
    assert answer.location == "/terminal/unlock"
    assert not chain.lines(number)


# -- locking ------------------------------------------------------------------------------------


def test_locking_ends_the_session_for_good(chain: Chain) -> None:
    browser = chain.terminal()
    kept = browser.get_cookie("staff")
    assert kept is not None
    assert browser.post("/terminal/lock").location == "/terminal/unlock"
    browser.set_cookie("staff", kept.value)
    with browser.session_transaction() as session:
        session["staff_seen"] = int(clock.now().timestamp())
    assert browser.get("/terminal/").status_code == 303
    with chain.acting() as session:
        assert not list(
            session.scalars(select(StaffSession).where(StaffSession.ends_at > clock.now()))
        )


def test_two_idle_minutes_lock_the_counter(chain: Chain) -> None:
    browser = chain.terminal()
    with clock.at(clock.now() + timedelta(seconds=119)):
        assert browser.get("/terminal/").status_code == 200
        with clock.at(clock.now() + timedelta(seconds=121)):
            answer = browser.get("/terminal/enrol")
    assert answer.location == "/terminal/unlock?next=%2Fterminal%2Fenrol"


def test_a_page_from_before_the_lock_changes_nothing_and_says_so(chain: Chain) -> None:
    number = chain.card()
    answer = chain.terminal().post(
        f"/terminal/cards/{number}/stamps", data={"key": "k"}, csrf=False
    )
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert not chain.lines(number)


def test_unlocking_crosses_no_company(chain: Chain, other_chain: Chain) -> None:
    browser = chain.terminal(unlocked=False)
    assert unlock(browser, other_chain).status_code == 404
