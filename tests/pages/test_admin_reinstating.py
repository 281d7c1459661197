"""Giving expired points back in the office: with a reason, once, by an admin."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from app import clock
from app.modules.loyalty import expiry
from tests.cast import Browser, Chain
from tests.pages.test_expiry_shown import NOVEMBER, earned

JANUARY = NOVEMBER + timedelta(days=45)
REASON = "They were ill all December"


@pytest.fixture
def chain(app: Flask) -> Chain:
    """Points that go each year on 31 December."""
    return Chain.open(
        app,
        loyalty_type="points",
        expiry={"policy": "yearly", "month_day": "12-31"},
        expiry_notice_days=[],
    )


def expired(chain: Chain) -> tuple[str, int]:
    """A card whose 20 points are gone, and the line that says so."""
    number = earned(chain)
    with clock.at(JANUARY), chain.acting():
        assert expiry.expire().points == 20
    return number, chain.lines(number)[-1].id


def typed(office: Browser, line: int, reason: str = REASON) -> dict[str, str]:
    page = office.get(f"/admin/transactions/{line}/reinstate").text
    return {"key": re.findall(r'name="key" value="([^"]+)"', page)[0], "reason": reason}


def test_expired_points_are_given_back_with_a_reason(chain: Chain) -> None:
    number, line = expired(chain)
    with clock.at(JANUARY):
        office = chain.office()
        assert f"/admin/transactions/{line}/reinstate" in office.get(f"/admin/cards/{number}").text
        page = office.get(f"/admin/transactions/{line}/reinstate").text
        assert "Give 20 points back" in page
        assert "0 → 20" in page
        done = office.post(f"/admin/transactions/{line}/reinstate", data=typed(office, line))
        assert done.status_code == 303
        back = chain.lines(number)[-1]
        assert (back.type, back.points, back.reason) == ("points_reinstated", 20, REASON)
        assert back.user_id == chain.admin.user_id
        told = office.get(done.headers["Location"]).text
        for said in ("Points reinstated", REASON, "It gives back", "Ada Adams"):
            assert said in told, said
        before = office.get(f"/admin/transactions/{line}").text
        assert "Given back by" in before
        assert f"/admin/transactions/{line}/reinstate" not in before


def test_the_same_points_come_back_once(chain: Chain) -> None:
    number, line = expired(chain)
    path = f"/admin/transactions/{line}/reinstate"
    with clock.at(JANUARY):
        office = chain.office()
        form, second = typed(office, line), typed(office, line)
        first = office.post(path, data=form)
        again = office.post(path, data=form)
        assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"])
        assert office.post(path, data=second).status_code == 409
        assert "given back already" in office.get(path).text
    assert chain.card_row(number).points_balance == 20


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "with\0nothing"])
def test_without_a_reason_nothing_comes_back(chain: Chain, reason: str) -> None:
    number, line = expired(chain)
    with clock.at(JANUARY):
        office = chain.office()
        answer = office.post(
            f"/admin/transactions/{line}/reinstate", data=typed(office, line, reason)
        )
    assert answer.status_code == 422
    assert "Say why" in answer.text
    assert chain.card_row(number).points_balance == 0


def test_only_what_expired_comes_back(chain: Chain) -> None:
    number = earned(chain)
    line, office = chain.lines(number)[-1].id, chain.office()
    assert "Only points that expired" in office.get(f"/admin/transactions/{line}/reinstate").text
    form = {"key": "any", "reason": REASON}
    answer = office.post(f"/admin/transactions/{line}/reinstate", data=form)
    assert answer.status_code in (409, 422)
    assert len(chain.lines(number)) == 1


def test_C3_another_companys_points_stay_where_they_are(chain: Chain, other_chain: Chain) -> None:
    number, line = expired(chain)
    form = {"key": "any", "reason": REASON}
    path = f"/admin/transactions/{line}/reinstate"
    assert other_chain.office().get(path).status_code == 404
    assert other_chain.office().post(path, data=form).status_code == 404
    assert chain.card_row(number).points_balance == 0


def test_a_shops_manager_gives_nothing_back(chain: Chain) -> None:
    number, line = expired(chain)
    office = chain.office(chain.manager)
    path = f"/admin/transactions/{line}/reinstate"
    assert office.get(path).status_code == 403
    assert office.post(path, data={"key": "any", "reason": REASON}).status_code == 403
    assert chain.card_row(number).points_balance == 0
