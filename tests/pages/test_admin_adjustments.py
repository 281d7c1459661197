"""Adjusting in the office: alone, by two people, and what is shown of it."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.users import Membership, User
from app.ids import new_id
from app.modules.loyalty.adjustments import AdjustmentRequest
from tests.cast import Browser, Chain, Person

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def chain(app: Flask) -> Chain:
    """A chain that counts points; nobody adjusts more than 1,000 of them alone."""
    return Chain.open(app, loyalty_type="points")


@pytest.fixture
def second(chain: Chain) -> Person:
    """Another admin of it."""
    with chain.acting() as session:
        known = session.get_one(User, chain.admin.user_id)
        email = f"second@{chain.slug}.example"
        user = User(
            id=new_id(),
            email=email,
            name="Sue Second",
            password_hash=known.password_hash,
            pepper_version=known.pepper_version,
        )
        session.add(user)
        session.flush()
        session.add(Membership(user_id=user.id, role="admin"))
        session.commit()
        return Person(user.name, user.id, email)


def keys(page: str) -> list[str]:
    return re.findall(r'name="key" value="([^"]+)"', page)


def adjust(office: Browser, number: str, points: str, way: str = "give", **typed: str):  # type: ignore[no-untyped-def]
    page = office.get(f"/admin/cards/{number}/adjust").text
    form = {"key": keys(page)[0], "way": way, "points": points, "reason": "Wrong amount"} | typed
    return office.post(f"/admin/cards/{number}/adjust", data=form)


def test_A8_the_history_says_minus_fifty_by_whom_and_why(chain: Chain) -> None:
    number, office = chain.card(), chain.office()
    adjust(office, number, "80")
    assert adjust(office, number, "50", way="take").status_code == 303
    page = office.get(f"/admin/cards/{number}").text
    for said in ("−50", "Why −50 points?", "Ada Adams", "Set by hand: Wrong amount", "80 → 30"):
        assert said in page, said


def test_no_number_of_points_says_so_and_keeps_what_was_typed(chain: Chain) -> None:
    number, office = chain.card(), chain.office()
    for points in ("", "0", "1.5", "-5", "１２", "9" * 30, "1e3", HOSTILE):
        answer = adjust(office, number, points, way="take", reason=HOSTILE)
        assert answer.status_code == 422, points
        assert "Type a whole number of points" in answer.text
        assert HOSTILE not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text
    assert chain.lines(number) == []


def test_taking_more_than_there_is_says_what_is_missing(chain: Chain) -> None:
    number = chain.card()
    adjust(chain.office(), number, "20")
    answer = adjust(chain.office(), number, "50", way="take")
    assert answer.status_code == 409
    assert "20 of 50 points are on the card." in answer.text


def test_one_form_adjusts_once(chain: Chain) -> None:
    number, office = chain.card(), chain.office()
    page = office.get(f"/admin/cards/{number}/adjust").text
    form = {"key": keys(page)[0], "way": "give", "points": "7", "reason": "Once"}
    for _press in range(2):
        assert office.post(f"/admin/cards/{number}/adjust", data=form).status_code == 303
    assert [line.points for line in chain.lines(number)] == [7]


def test_many_points_wait_for_a_second_person_who_gives_them(chain: Chain, second: Person) -> None:
    number, first = chain.card(first_name="Camille", email="c@example.org"), chain.office()
    asked = adjust(first, number, "1200")
    assert asked.headers["Location"].endswith("/admin/adjustments")
    assert chain.lines(number) == []
    own = first.get("/admin/adjustments").text
    assert "One adjustment waits for a second person" in own
    assert "Take it back" in own
    assert "/give" not in own
    assert "wants a decision" in first.get("/admin/").text  # other things do
    assert "waits for a second person" not in first.get("/admin/").text
    other = chain.office(second)
    assert "One adjustment of points was asked for" in other.get("/admin/").text
    page = other.get("/admin/adjustments").text
    give = re.findall(r'action="(/admin/adjustments/\d+/give)"', page)[0]
    for said in ("Camille", "+1,200", "Wrong amount", "Ada Adams"):
        assert said in page, said
    done = [other.post(give, data={"key": keys(page)[0]}) for _ in range(2)]
    assert {answer.status_code for answer in done} == {303}
    assert [line.points for line in chain.lines(number)] == [1_200]
    told = other.get(done[0].headers["Location"]).text
    for said in ("Asked for by", "Ada Adams", "Sue Second"):
        assert said in told, said


def test_who_asked_cannot_give_by_a_forged_form(chain: Chain) -> None:
    number, office = chain.card(), chain.office()
    adjust(office, number, "1200")
    with chain.acting() as session:
        asked = session.scalars(select(AdjustmentRequest.id)).one()
    assert office.post(f"/admin/adjustments/{asked}/give", data={"key": "k"}).status_code == 403
    assert chain.lines(number) == []


def test_what_another_one_decided_is_said_kindly(chain: Chain, second: Person) -> None:
    number, office, other = chain.card(), chain.office(), chain.office(second)
    adjust(office, number, "1200")
    page = other.get("/admin/adjustments").text
    give = re.findall(r'action="(/admin/adjustments/\d+/give)"', page)[0]
    assert office.post(give.replace("give", "decline")).status_code == 303
    late = other.post(give, data={"key": keys(page)[0]}, follow_redirects=True)
    assert late.status_code == 200
    assert "Somebody declined it already." in late.text
    again = office.post(give.replace("give", "decline"), follow_redirects=True)
    assert "Somebody declined it already." in again.text


def test_a_manager_adjusts_nothing(chain: Chain) -> None:
    number, office = chain.card(), chain.office(chain.manager)
    assert "Adjust points" not in office.get(f"/admin/cards/{number}").text
    assert office.get(f"/admin/cards/{number}/adjust").status_code == 403
    assert office.get("/admin/adjustments").status_code == 403
    form = {"key": "k", "way": "give", "points": "5", "reason": "no"}
    assert office.post(f"/admin/cards/{number}/adjust", data=form).status_code == 403


def test_an_empty_list_says_what_would_be_in_it(chain: Chain) -> None:
    assert "Nothing wants a second person" in chain.office().get("/admin/adjustments").text
