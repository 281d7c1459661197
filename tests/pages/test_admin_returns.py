"""Taking a line back in the office: seen before it is done, done once, by whom it may."""

import re
from typing import Any

import pytest
from flask import Flask

from app.accounts.actors import Actor
from app.modules.loyalty import accrual, rewards
from app.modules.loyalty.programs import Tier
from tests.cast import Browser, Chain

BRONZE, GOLD = Tier("Bronze", 0, 10_000), Tier("Gold", 15, 12_500)


@pytest.fixture
def chain(app: Flask) -> Chain:
    """A chain of points and stamps, where fifteen points make gold."""
    return Chain.open(
        app, loyalty_type="hybrid", stamps_per_sale=1, cooldown_minutes=0, max_daily_stamps=None
    )


def earn(chain: Chain, number: str, amount_minor: int, *, by: Actor | None = None) -> int:
    with chain.acting() as session:
        posted = accrual.earn(number, amount_minor, by=by or chain.actor, attempt=None)
        session.commit()
    assert posted.transaction_id
    return posted.transaction_id


def key(page: str) -> str:
    return re.findall(r'name="key" value="([^"]+)"', page)[0]


def take_back(office: Browser, line: int, amount: str = "", **typed: str) -> Any:
    path = f"/admin/transactions/{line}/return"
    page = office.get(path, query_string={"amount": amount}).text
    form = {"key": key(page), "amount": amount, "reason": "Brought back"} | typed
    return office.post(path, data=form)


def test_a_part_is_shown_before_it_is_returned_and_then_does_just_that(chain: Chain) -> None:
    number = chain.card()
    line = earn(chain, number, 16_40)
    office = chain.office()
    page = office.get(f"/admin/transactions/{line}/return?amount=4.80").text
    for said in ("Return €4.80", "16 → 12", "Its share of 16 points", "€16.40 of it can still"):
        assert said in page, said
    assert len(chain.lines(number)) == 1
    done = take_back(office, line, "4.80")
    assert done.status_code == 303
    returned = chain.lines(number)[-1]
    assert (returned.points, returned.amount_minor, returned.reason) == (-4, 480, "Brought back")
    assert (returned.user_id, returned.vendor_id) == (chain.admin.user_id, chain.vendor.id)
    told = office.get(done.headers["Location"]).text
    assert "Return of €4.80 from the sale of" in told
    assert f"/admin/transactions/{line}" in told
    original = office.get(f"/admin/transactions/{line}").text
    assert f"/admin/transactions/{returned.id}" in original
    assert "Return this sale" in original  # €11.60 are left


def test_the_whole_takes_points_stamps_and_the_tier_and_says_so_before(chain: Chain) -> None:
    chain.publish(tiers=(BRONZE, GOLD))
    number = chain.card()
    line = earn(chain, number, 20_00)
    office = chain.office()
    page = office.get(f"/admin/transactions/{line}/return").text
    for said in ("20 → 0", "Tier from now on", "Bronze", "1 → 0", "Return €20.00"):
        assert said in page, said
    take_back(office, line)
    card = chain.card_row(number)
    assert (card.points_balance, card.stamps_balance, card.lifetime_points) == (0, 0, 0)
    gone = office.get(f"/admin/transactions/{line}").text
    assert "Return this sale" not in gone
    assert "taken back already" in office.get(f"/admin/transactions/{line}/return").text


@pytest.mark.parametrize(
    ("policy", "said"), [("debt", "will owe 100 points"), ("forgive", "forgiven")]
)
def test_points_spent_meanwhile_are_foretold_as_debt_or_forgiven(
    chain: Chain, policy: str, said: str
) -> None:
    chain.publish(void_policy=policy)
    number = chain.card()
    line = earn(chain, number, 100_00)
    with chain.acting() as session:
        coffee = rewards.catalogue.create({"name": "Coffee", "points": 100}, by=chain.actor).id
        session.commit()
        rewards.redeem(number, coffee, by=chain.actor, attempt=None)
        session.commit()
    page = chain.office().get(f"/admin/transactions/{line}/return").text
    assert said in page
    take_back(chain.office(), line)
    assert chain.card_row(number).points_balance == (-100 if policy == "debt" else 0)


def test_a_redemption_and_an_adjustment_are_cancelled_the_same_way(chain: Chain) -> None:
    number = chain.card()
    earn(chain, number, 150_00)
    with chain.acting() as session:
        coffee = rewards.catalogue.create({"name": "Coffee", "points": 100}, by=chain.actor).id
        session.commit()
        taken = rewards.redeem(number, coffee, by=chain.actor, attempt=None).transaction_id
        session.commit()
    office = chain.office()
    page = office.get(f"/admin/transactions/{taken}/return").text
    assert "Cancel this redemption" in page
    assert "50 → 150" in page
    told = office.get(take_back(office, int(taken or 0)).headers["Location"]).text
    assert "Coffee of" in told
    assert "cancelled" in told
    assert chain.card_row(number).points_balance == 150


def test_one_form_has_one_effect(chain: Chain) -> None:
    number = chain.card()
    line = earn(chain, number, 10_00)
    office = chain.office()
    path = f"/admin/transactions/{line}/return"
    form = {"key": key(office.get(path).text), "amount": "5.00", "reason": "Brought back"}
    places = {office.post(path, data=form).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert [each.points for each in chain.lines(number)] == [10, -5]
    assert office.post(path, data=form | {"amount": "2.00"}).status_code == 422


UNUSABLE = {
    "10.01": "Only €10.00 of it can still be returned.",
    "0": "Type what was paid.",
    "-1": "is no amount",
    "1e3": "is no amount",
    "<script>": "&lt;script&gt;",
    "9" * 60: "more than one sale",
}


def test_an_amount_that_cannot_be_says_so_and_offers_no_button(chain: Chain) -> None:
    line = earn(chain, chain.card(), 10_00)
    office = chain.office()
    for amount, said in UNUSABLE.items():
        page = office.get(f"/admin/transactions/{line}/return", query_string={"amount": amount})
        assert said in page.text, amount
        assert 'name="reason"' not in page.text


def test_without_a_reason_nothing_is_written_and_what_was_typed_stays(chain: Chain) -> None:
    number = chain.card()
    line = earn(chain, number, 10_00)
    office = chain.office()
    for reason in ("", "   ", "x" * 201):
        answer = take_back(office, line, "4.00", reason=reason)
        assert answer.status_code == 422
        assert "Say why" in answer.text
        assert "Return €4.00" in answer.text
    assert len(chain.lines(number)) == 1


def test_a_manager_returns_lines_of_their_own_shop_alone(chain: Chain) -> None:
    there = Actor(
        caller=chain.actor.caller, vendor_id=chain.second_vendor.id, staff_id=chain.staff.staff_id
    )
    number = chain.card()
    ours, theirs = earn(chain, number, 5_00), earn(chain, number, 7_00, by=there)
    office = chain.office(chain.manager)
    page = office.get(f"/admin/cards/{number}").text
    assert f"/admin/transactions/{ours}/return" in page
    assert f"/admin/transactions/{theirs}/return" not in page
    path = f"/admin/transactions/{theirs}/return"
    assert office.get(path).status_code == 404
    assert office.post(path, data={"key": "k", "reason": "no"}).status_code == 404
    assert take_back(office, ours).status_code == 303
    assert [line.points for line in chain.lines(number)] == [5, 7, -5]


def test_C3_the_line_next_door_is_not_found(chain: Chain, other_chain: Chain) -> None:
    line = int(other_chain.stamp(other_chain.card())["transaction_id"])
    office = chain.office()
    path = f"/admin/transactions/{line}"
    assert office.get(path).status_code == 404
    assert office.get(f"{path}/return").status_code == 404
    assert office.post(f"{path}/return", data={"key": "k", "reason": "no"}).status_code == 404


def test_a_welcome_stays(chain: Chain) -> None:
    chain.publish(welcome_bonus_points=10)
    number = chain.card()
    line = chain.lines(number)[0].id
    office = chain.office()
    assert "/return" not in office.get(f"/admin/transactions/{line}").text
    assert office.get(f"/admin/transactions/{line}/return").status_code == 409
