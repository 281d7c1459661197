"""Returns at the counter: seen before they are confirmed, and by two where it takes two."""

import re
import secrets
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.accounts.actors import Actor
from app.accounts.staff import StaffMember, StaffPin
from app.modules.loyalty import accrual
from app.modules.loyalty.programs.rules import Tier
from app.modules.loyalty.rewards import catalogue
from tests.cast import Browser, Chain, Person, _member

GOLD = (Tier("Bronze", 0, 10_000), Tier("Gold", 50, 12_500))


@pytest.fixture
def points(chain: Chain) -> Chain:
    chain.publish(loyalty_type="points", tiers=GOLD, minimum_redemption_points=0)
    return chain


def sold(chain: Chain, amount_minor: int, *, by: Actor | None = None) -> tuple[str, int]:
    """`(card number, transaction id)` of a sale to somebody new."""
    number = chain.card(first_name="Ada", email=f"ada-{secrets.token_hex(3)}@example.org")
    return number, sell(chain, number, amount_minor, by=by)


def sell(chain: Chain, number: str, amount_minor: int, *, by: Actor | None = None) -> int:
    with chain.acting() as session:
        posted = accrual.earn(number, amount_minor, by=by or chain.actor, attempt=None)
        session.commit()
    assert posted.transaction_id
    return posted.transaction_id


def reward(chain: Chain, name: str, points: int) -> int:
    with chain.acting() as session:
        made = catalogue.create({"name": name, "points": points}, by=chain.actor).id
        session.commit()
    return made


def test_one_point_is_one_point_in_the_list_of_what_can_come_back(points: Chain) -> None:
    number, _sale = sold(points, 150)
    sell(points, number, 250)
    said = words(points.terminal().get(f"/terminal/cards/{number}/returns").text)
    assert "€1.50 +1 point " in said
    assert "€2.50 +2 points " in said


def page_of(browser: Browser, transaction_id: int) -> Any:
    return browser.get(f"/terminal/transactions/{transaction_id}/return")


def take_back(browser: Browser, transaction_id: int, amount: str = "", **more: str) -> Any:
    """Confirm what the preview of this amount showed, as the page's script does."""
    path = f"/terminal/transactions/{transaction_id}/return"
    if "seen" not in more:
        shown = browser.get(f"{path}/preview", query_string={"amount": amount}).json
        more["seen"] = shown.get("seen") or _seen(browser.get(path).text)
    form = {"key": secrets.token_hex(8), "amount": amount} | more
    return browser.post(path, data=form)


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    return found[1] if found else ""


def words(page: str) -> str:
    body = page.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def verdict(browser: Browser, answer: Any) -> str:
    assert answer.status_code == 303, words(answer.text)
    return words(browser.get(answer.location).text)


# -- picking and seeing --------------------------------------------------------------------------


def test_the_cards_lines_of_any_shop_can_be_picked_until_they_are_gone(points: Chain) -> None:
    elsewhere = Actor("key:1", vendor_id=points.second_vendor.id)
    number, first = sold(points, 1_250, by=elsewhere)
    second = sell(points, number, 800)
    browser = points.terminal()
    take_back(browser, second, "8.00")
    page = browser.get(f"/terminal/cards/{number}/returns").text
    assert f"/terminal/transactions/{first}/return" in page
    assert "Station" in page
    assert f"/terminal/transactions/{second}/return" not in page


def test_a_card_without_lines_says_what_will_stand_there(points: Chain) -> None:
    number = points.card()
    page = points.terminal().get(f"/terminal/cards/{number}/returns").text
    assert "Nothing here can be taken back." in page


def test_the_whole_sale_is_foreseen_first_and_a_part_while_it_is_typed(points: Chain) -> None:
    number, sale = sold(points, 6_000)
    browser = points.terminal()
    said = words(page_of(browser, sale).text)
    assert "Given back €60.00 Points 60 → 0 Tier Gold → Bronze" in said
    assert "takes back 60 points the whole sale" in said
    path = f"/terminal/transactions/{sale}/return/preview"
    part = browser.get(path, query_string={"amount": "5.00"}).json
    assert (part["gives"], part["button"]) == ("takes back *5 points*", "Return €5.00")
    assert part["pairs"] == [["Given back", "€5.00 of €60.00"], ["Points", "60 → 55"]]
    assert len(points.lines(number)) == 1


def test_C13_what_is_foreseen_is_what_is_taken_part_by_part(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    browser = points.terminal()
    for amount, after in (("3.33", 7), ("3.33", 4), ("3.34", 0)):
        path = f"/terminal/transactions/{sale}/return/preview"
        shown = browser.get(path, query_string={"amount": amount}).json
        answer = take_back(browser, sale, amount)
        said = verdict(browser, answer)
        assert f"→ {after}" in dict(shown["pairs"])["Points"]
        assert points.lines(number)[-1].points_after == after
        assert f"→ {after}" in said
    gone = browser.post(f"/terminal/transactions/{sale}/return", data={"key": "x", "seen": "1:1"})
    assert (gone.status_code, "taken back already" in gone.text) == (409, True)


def test_more_than_is_left_says_how_much_and_keeps_what_was_typed(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    browser = points.terminal()
    take_back(browser, sale, "4.00")
    path = f"/terminal/transactions/{sale}/return/preview"
    shown = browser.get(path, query_string={"amount": "6.01"}).json
    assert (shown["ok"], shown["why"]) == (False, "Only €6.00 of it is left to return.")
    answer = take_back(browser, sale, "6.01", seen="601:2")
    assert answer.status_code == 422
    assert 'value="6.01"' in answer.text
    assert len(points.lines(number)) == 2


def test_a_hostile_amount_takes_nothing_back(points: Chain) -> None:
    number, sale = sold(points, 10_000)
    browser = points.terminal()
    for amount in ("12,5", "1e3", "-5", "12.505", "1234567890123", "0"):
        answer = take_back(browser, sale, amount, seen="1:1")
        assert answer.status_code == 422, amount
        assert f'value="{amount}"' in answer.text, amount
    assert len(points.lines(number)) == 1


def test_what_was_not_seen_is_shown_before_it_is_done(points: Chain) -> None:
    """Without a script the first press shows what an amount takes back, the second does it."""
    number, sale = sold(points, 1_000)
    browser = points.terminal()
    seen = _seen(page_of(browser, sale).text)
    first = take_back(browser, sale, "4.00", seen=seen, key="k")
    assert (first.status_code, len(points.lines(number))) == (200, 1)
    assert "takes back 4 points" in words(first.text)
    assert 'name="key" value="k"' in first.text
    second = take_back(browser, sale, "4.00", seen=_seen(first.text), key="k")
    assert (second.status_code, len(points.lines(number))) == (303, 2)


def test_a_card_that_moved_meanwhile_is_shown_again(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    browser = points.terminal()
    seen = _seen(page_of(browser, sale).text)
    sell(points, number, 500)
    assert take_back(browser, sale, "10.00", seen=seen).status_code == 200
    assert len(points.lines(number)) == 2


def test_a_return_sent_twice_is_one_return(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    browser = points.terminal()
    seen = _seen(page_of(browser, sale).text)
    first, second = (take_back(browser, sale, "10.00", seen=seen, key="k") for _ in range(2))
    assert first.location == second.location
    assert [line.type for line in points.lines(number)] == ["points_earned", "voided"]


def test_T16_points_spent_meanwhile_are_a_debt_that_is_seen_before(points: Chain) -> None:
    number, sale = sold(points, 4_000)
    scone = reward(points, "Scone", 30)
    browser = points.terminal()
    browser.post("/terminal/find", data={"card": number})
    verdict(browser, browser.post(f"/terminal/cards/{number}/rewards/{scone}", data={"key": "r"}))
    said = words(page_of(browser, sale).text)
    assert "Points 10 → −30" in said
    assert "Then owed 30 points" in said
    assert "−30" in verdict(browser, take_back(browser, sale, "40.00"))


def test_a_debt_forgiven_is_foreseen_and_told(points: Chain) -> None:
    points.publish(void_policy="forgive")
    number, sale = sold(points, 4_000)
    scone = reward(points, "Scone", 30)
    browser = points.terminal()
    browser.post("/terminal/find", data={"card": number})
    browser.post(f"/terminal/cards/{number}/rewards/{scone}", data={"key": "r"})
    said = words(page_of(browser, sale).text)
    assert "Points 10 → 0" in said
    assert "30 points of debt are forgiven" in said
    told = verdict(browser, take_back(browser, sale, "40.00"))
    assert "Points 10 → 0" in told
    assert "30 points of debt are forgiven" in told


def test_a_cancelled_reward_comes_back_with_its_price(points: Chain) -> None:
    number, _ = sold(points, 4_000)
    scone = reward(points, "Scone", 30)
    browser = points.terminal()
    browser.post("/terminal/find", data={"card": number})
    browser.post(f"/terminal/cards/{number}/rewards/{scone}", data={"key": "r"})
    line = points.lines(number)[-1]
    page = page_of(browser, line.id)
    assert "gives back 30 points" in words(page.text)
    assert "data-preview-url" not in page.text
    said = verdict(browser, take_back(browser, line.id, seen=_seen(page.text)))
    assert "Scone for Ada is cancelled." in said
    assert "Points 10 → 40" in said
    assert "0 rewards given" in words(browser.get("/terminal/").text)


def test_T2_another_companys_line_is_nobodys_to_return(points: Chain, other_chain: Chain) -> None:
    number, sale = sold(points, 1_000)
    stranger = other_chain.terminal()
    assert page_of(stranger, sale).status_code == 404
    assert take_back(stranger, sale, "10.00", seen="1000:1").status_code == 404
    preview = f"/terminal/transactions/{sale}/return/preview?amount=1.00"
    assert stranger.get(preview).status_code == 404
    assert stranger.get(f"/terminal/cards/{number}/returns").status_code == 404
    assert len(points.lines(number)) == 1


# -- two people ----------------------------------------------------------------------------------


def later(chain: Chain) -> Any:
    """A quarter of an hour after the sale: nobody takes it back alone any more."""
    return clock.at(clock.now() + timedelta(minutes=15))


def pin_of(chain: Chain, who: Person) -> StaffPin:
    with chain.acting() as session:
        return session.scalars(select(StaffPin).where(StaffPin.staff_id == who.staff_id)).one()


def test_after_ten_minutes_a_managers_pin_is_asked_and_what_was_typed_stays(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    with later(points):
        browser = points.terminal()
        assert "A second person confirms this" in page_of(browser, sale).text
        asked = take_back(browser, sale, "4.00", key="k")
        assert (asked.status_code, len(points.lines(number))) == (403, 1)
        assert "Who else agrees?" in asked.text
        assert points.manager.name in asked.text
        assert 'name="amount" value="4.00"' in asked.text
        assert 'name="key" value="k"' in asked.text
        seen = re.search(r'name="seen" value="([^"]*)"', asked.text)
        agreed = take_back(
            browser,
            sale,
            "4.00",
            key="k",
            seen=seen[1] if seen else "",
            approver=str(points.manager.staff_id),
            approver_pin=points.manager.pin,
        )
        assert "A second person agreed" in verdict(browser, agreed)
    assert points.lines(number)[-1].staff_id == points.staff.staff_id
    assert points.lines(number)[-1].steps[-1] == {
        "code": "approved",
        "staff": str(points.manager.staff_id),
    }


def test_a_wrong_pin_is_counted_told_and_never_shown(points: Chain, caplog: Any) -> None:
    number, sale = sold(points, 1_000)
    with later(points):
        browser = points.terminal()
        answer = take_back(
            browser, sale, "10.00", approver=str(points.manager.staff_id), approver_pin="86429753"
        )
        assert answer.status_code == 401
        assert "That PIN is wrong. 9 tries are left." in answer.text
        assert "86429753" not in answer.text
        assert "86429753" not in caplog.text
        assert re.search(rf'value="{points.manager.staff_id}"[^>]* checked', answer.text)
    assert (pin_of(points, points.manager).failures, len(points.lines(number))) == (1, 1)


def test_a_disabled_pin_agrees_to_nothing(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    with points.acting() as session:
        pin = session.scalars(
            select(StaffPin).where(StaffPin.staff_id == points.manager.staff_id)
        ).one()
        pin.failures = 10
        session.commit()
    with later(points):
        answer = take_back(
            points.terminal(),
            sale,
            "10.00",
            approver=str(points.manager.staff_id),
            approver_pin=points.manager.pin,
        )
    assert (answer.status_code, len(points.lines(number))) == (423, 1)


@pytest.mark.parametrize("who", ["themselves", "nobody", "a stranger", "no PIN", "letters"])
def test_who_cannot_agree_is_told_and_nothing_happens(
    points: Chain, other_chain: Chain, who: str
) -> None:
    number, sale = sold(points, 1_000)
    manager, pin = str(points.manager.staff_id), points.manager.pin
    form = {
        "themselves": {"approver": str(points.staff.staff_id), "approver_pin": points.staff.pin},
        "nobody": {"approver": "", "approver_pin": pin},
        "a stranger": {"approver": str(other_chain.manager.staff_id), "approver_pin": pin},
        "no PIN": {"approver": manager, "approver_pin": ""},
        "letters": {"approver": manager, "approver_pin": "abcd"},
    }[who]
    with later(points):
        answer = take_back(points.terminal(), sale, "10.00", **form)
    assert answer.status_code in (403, 422)
    assert "Who else agrees?" in answer.text
    assert len(points.lines(number)) == 1
    assert pin_of(points, points.manager).failures == 0


def test_two_people_who_are_no_managers_are_not_enough(points: Chain) -> None:
    number, sale = sold(points, 1_000)
    with points.acting() as session:
        mate = _member("Mia Mey", points.vendor.id, "staff")
        session.commit()
    with later(points):
        browser = points.terminal()
        asked = take_back(browser, sale, "10.00")
        assert "Mia Mey" not in asked.text
        agreed = take_back(browser, sale, "10.00", approver=str(mate), approver_pin="2468")
        assert (agreed.status_code, "has to be a manager" in agreed.text) == (403, True)
        lead = points.terminal(points.manager)
        assert "Mia Mey" in take_back(lead, sale, "10.00").text
        both = take_back(lead, sale, "10.00", approver=str(mate), approver_pin="2468")
        assert both.status_code == 303
    assert len(points.lines(number)) == 2


def test_where_nobody_else_works_the_page_says_who_helps(points: Chain) -> None:
    _, sale = sold(points, 1_000)
    with points.acting() as session:
        for member in session.scalars(select(StaffMember)):
            member.active = member.id == points.staff.staff_id
        session.commit()
    with later(points):
        answer = take_back(points.terminal(), sale, "10.00")
    assert (answer.status_code, "Nobody else can agree here." in answer.text) == (403, True)


def test_after_thirty_days_the_counter_says_that_the_office_does_it(points: Chain) -> None:
    _, sale = sold(points, 1_000)
    with clock.at(clock.now() + timedelta(days=31)):
        answer = page_of(points.terminal(), sale)
    assert (answer.status_code, "Too late to take back here." in answer.text) == (409, True)
    assert "office" in answer.text
