"""Rewards at the counter: what can be had, what is near, and giving it, by two where it is dear."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.staff import StaffPin
from app.modules.loyalty import accrual
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.modules.loyalty.rewards import catalogue
from tests.cast import Browser, Chain


@pytest.fixture
def points(chain: Chain) -> Chain:
    chain.publish(loyalty_type="points", minimum_redemption_points=0)
    return chain


def ada(chain: Chain, balance: int) -> str:
    number = chain.card(first_name="Ada", email=f"ada@{chain.slug}.example")
    with chain.acting() as session:
        accrual.earn(number, balance * 100, by=chain.actor, attempt=None)
        session.commit()
    return number


def reward(chain: Chain, name: str, points: int, **more: Any) -> int:
    with chain.acting() as session:
        made = catalogue.create({"name": name, "points": points} | more, by=chain.actor).id
        session.commit()
    return made


def scan(browser: Browser, typed: str) -> None:
    assert browser.post("/terminal/find", data={"card": typed}).status_code == 303


def give(browser: Browser, number: str, reward_id: int, key: str = "k", **more: str) -> Any:
    path = f"/terminal/cards/{number}/rewards/{reward_id}"
    return browser.post(path, data={"key": key} | more)


def words(page: str) -> str:
    body = page.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_card_offers_what_can_be_had_now_and_says_what_is_near(points: Chain) -> None:
    scone, _ = reward(points, "Scone", 40), reward(points, "Cake", 79)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    page = browser.get(f"/terminal/cards/{number}")
    assert "Give: Scone for 40 points" in words(page.text)
    assert f"/terminal/cards/{number}/rewards/{scone}" in page.text
    assert "29 points to Cake" in words(page.text)


def test_several_rewards_are_one_press_to_the_list(points: Chain) -> None:
    for n in (10, 20, 30, 400):
        reward(points, f"R{n}", n)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    assert "3 rewards can be had from 10 points on" in words(
        browser.get(f"/terminal/cards/{number}").text
    )
    said = words(browser.get(f"/terminal/cards/{number}/rewards").text)
    assert "R20 20 points, leaves 30 points" in said
    assert "R400 350 points to go" in said


def test_an_empty_catalogue_says_who_fills_it(points: Chain) -> None:
    number, browser = ada(points, 50), points.terminal()
    assert "Rewards" not in words(browser.get(f"/terminal/cards/{number}").text)
    said = words(browser.get(f"/terminal/cards/{number}/rewards").text)
    assert "This shop gives no rewards yet." in said


def test_a_reward_is_confirmed_then_given_once(points: Chain) -> None:
    scone = reward(points, "Scone", 40)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    asked = words(browser.get(f"/terminal/cards/{number}/rewards/{scone}").text)
    assert "Scone for Ada? It takes 40 points Points 50 → 10" in asked
    first, second = give(browser, number, scone), give(browser, number, scone)
    assert first.location == second.location
    said = words(browser.get(first.location).text)
    assert "Scone for Ada." in said
    assert "Points 50 → 10" in said
    assert [line.points for line in points.lines(number)] == [50, -40]
    assert "1 reward given" in words(browser.get("/terminal/").text)


def test_C9_a_reward_that_is_too_dear_says_what_is_missing(points: Chain) -> None:
    cake = reward(points, "Cake", 79)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    for answer in (
        browser.get(f"/terminal/cards/{number}/rewards/{cake}"),
        give(browser, number, cake),
    ):
        assert answer.status_code == 409
        assert "29 more points to go." in words(answer.text)
        assert "50 points, unchanged" in words(answer.text) or "50, unchanged" in words(answer.text)


def test_somebody_only_looked_up_takes_no_reward(points: Chain) -> None:
    scone = reward(points, "Scone", 40)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, f"ada@{points.slug}.example")
    for path in ("", "/rewards", f"/rewards/{scone}"):
        assert "Scan the card to give" in browser.get(f"/terminal/cards/{number}{path}").text
    answer = give(browser, number, scone)
    assert (answer.status_code, "First scan Ada’s card." in words(answer.text)) == (403, True)
    assert len(points.lines(number)) == 1


def test_what_another_shop_gives_cannot_be_had_here(points: Chain) -> None:
    scone = reward(points, "Scone", 40, vendors=[points.second_vendor.slug])
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    assert "Scone" not in browser.get(f"/terminal/cards/{number}/rewards").text
    assert browser.get(f"/terminal/cards/{number}/rewards/{scone}").status_code == 404
    assert give(browser, number, scone).status_code == 409
    assert len(points.lines(number)) == 1


def test_another_companys_reward_is_nobodys(points: Chain, other_chain: Chain) -> None:
    theirs = reward(other_chain, "Scone", 1)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    assert browser.get(f"/terminal/cards/{number}/rewards/{theirs}").status_code == 404
    assert give(browser, number, theirs).status_code == 404


def test_a_dear_reward_takes_a_second_person(points: Chain) -> None:
    points.publish(redemption_alone_points=40)
    scone = reward(points, "Scone", 40)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    asked = give(browser, number, scone)
    assert (asked.status_code, "Who else agrees?" in asked.text) == (403, True)
    assert "Give: Scone" in asked.text
    who = {"approver": str(points.manager.staff_id)}
    wrong = give(browser, number, scone, approver_pin="1357", **who)
    assert (wrong.status_code, "9 tries are left" in wrong.text) == (401, True)
    assert give(browser, number, scone, approver_pin=points.manager.pin, **who).status_code == 303
    with points.acting() as session:
        line = session.scalars(
            select(LoyaltyTransaction).where(LoyaltyTransaction.type == "points_redeemed")
        ).one()
        assert line.steps[-1] == {"code": "approved", "staff": str(points.manager.staff_id)}


def test_a_right_pin_is_no_miss_whatever_is_refused_afterwards(points: Chain) -> None:
    points.publish(redemption_alone_points=40)
    cake = reward(points, "Cake", 79)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    agreed = {"approver": str(points.manager.staff_id), "approver_pin": points.manager.pin}
    assert give(browser, number, cake, **agreed).status_code == 409
    with points.acting() as session:
        assert [pin.failures for pin in session.scalars(select(StaffPin))] == [0, 0]


def test_a_cheap_reward_takes_one(points: Chain) -> None:
    points.publish(redemption_alone_points=41)
    scone = reward(points, "Scone", 40)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    assert give(browser, number, scone).status_code == 303


def test_the_sale_that_brings_a_reward_within_reach_says_so(points: Chain) -> None:
    reward(points, "Scone", 60)
    number, browser = ada(points, 50), points.terminal()
    answer = browser.post(f"/terminal/cards/{number}/sales", data={"key": "s", "amount": "10.00"})
    assert "Scone can be had now." in words(browser.get(answer.location).text)
    answer = browser.post(f"/terminal/cards/{number}/sales", data={"key": "t", "amount": "10.00"})
    assert "can be had now" not in words(browser.get(answer.location).text)


def test_hostile_reward_names_show_as_text(points: Chain) -> None:
    hostile = "<script>alert(1)</script>"
    scone = reward(points, hostile, 10)
    reward(points, hostile + "2", 500)
    number, browser = ada(points, 50), points.terminal()
    scan(browser, number)
    pages = [
        browser.get(f"/terminal/cards/{number}{p}") for p in ("", "/rewards", f"/rewards/{scone}")
    ]
    pages.append(browser.get(give(browser, number, scone).location))
    pages += [browser.get(f"/terminal/cards/{number}/{p}") for p in ("history", "returns")]
    for page in pages:
        assert hostile not in page.text
        assert "&lt;script&gt;" in page.text
