"""A welcome that waits for a confirmed address: one letter, one button, once per person."""

import re
import secrets
from itertools import pairwise

import pytest
from flask import Flask

from app import jobs, mail
from app.accounts.actors import Actor
from app.accounts.customers import Customer
from app.extensions import db
from app.modules.loyalty import cards, enrolment
from tests.cast import Chain
from tests.pages.test_storefront import address, enrol, number_on, path_of
from tests.races.scenarios import books_hold, together


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


SOMEBODY = Actor("storefront")


@pytest.fixture
def waiting(app: Flask) -> Chain:
    """A chain that welcomes with 50 points once the address is confirmed."""
    return Chain.open(
        app, loyalty_type="points", welcome_bonus_points=50, welcome_bonus_when="verified"
    )


def letters_to(app: Flask, contact: str) -> list[str]:
    """What was written to a contact so far, unfolded."""
    with app.app_context():
        while jobs.drain():
            pass
        sent = [*mail.folder().glob("*.eml"), *mail.folder().glob("*.txt")]
        texts = [file.read_text().replace("=\n", "") for file in sent]
    return [text for text in texts if f"To: {contact}\n" in text]


def link_in(letter: str) -> str:
    found = re.search(r"/s/[a-z0-9-]+/confirm/[A-Za-z0-9_-]+", letter)
    assert found, letter
    return found[0]


def confirm_path(chain: Chain, number: str) -> str:
    with chain.acting():
        card = cards.find(number)
        contact = str(enrolment.person_of(card).email)
        return enrolment.confirm_path(chain.slug, card, contact)


def test_C10_the_letter_confirms_and_the_points_are_there_once(app: Flask, waiting: Chain) -> None:
    theirs, browser = address(), waiting.browser()
    card = enrol(waiting, browser, reach=theirs).location
    number = number_on(waiting, card)
    page = browser.get(card).text
    assert "50 points once you confirm your address." in page
    (letter,) = letters_to(app, theirs)
    link = link_in(letter)
    assert "50 points" in letter
    assert card not in letter, "the letter that anybody can cause opens no card"

    assert "50 points are waiting for you." in browser.get(link).text
    assert waiting.card_row(number).points_balance == 0, "looking changes nothing"
    answer = browser.post(link)
    assert (answer.status_code, answer.location) == (303, card)
    page = browser.get(card).text
    assert "Your address is confirmed, and the points are on your card." in page
    assert "once you confirm" not in page
    assert browser.post(link).status_code == 303
    assert "Your address is confirmed." in browser.get(link).text
    assert [(line.type, line.points) for line in waiting.lines(number)] == [("welcome_bonus", 50)]


def test_a_phone_is_written_to_as_well(app: Flask, waiting: Chain) -> None:
    theirs = f"+352621{secrets.randbelow(900_000) + 100_000}"
    card = enrol(waiting, reach=theirs).location
    (text,) = letters_to(app, theirs)
    waiting.browser().post(link_in(text))
    assert waiting.card_row(number_on(waiting, card)).points_balance == 50


def test_C10_pressed_by_many_at_once_it_gives_once(waiting: Chain) -> None:
    for _round in range(3):
        number = waiting.card()
        secret = confirm_path(waiting, number).rsplit("/", 1)[1]
        outcomes = together(
            waiting, [lambda secret=secret: enrolment.confirm(secret, by=SOMEBODY)] * 8
        )
        assert sum(outcome is not None for outcome in outcomes) == 1
        books_hold(waiting, number)
        assert waiting.card_row(number).points_balance == 50


@pytest.mark.parametrize("in_between", ["leave", "erase"])
def test_C10_once_per_person_whatever_they_do_in_between(waiting: Chain, in_between: str) -> None:
    theirs, browser = address(), waiting.browser()
    first = enrol(waiting, reach=theirs).location
    link = confirm_path(waiting, number_on(waiting, first))
    browser.post(link)
    browser.post(f"{first}/{in_between}")
    assert browser.post(link).status_code == 404
    if in_between == "leave":
        browser.post(f"{first}/come-back")
        browser.post(link)
        assert waiting.card_row(number_on(waiting, first)).points_balance == 50
    else:
        second = number_on(waiting, enrol(waiting, reach=theirs).location)
        assert waiting.card_row(second).welcome_due is None
        assert not waiting.lines(second)


def test_the_link_is_good_for_this_card_this_contact_and_this_company_alone(
    waiting: Chain, other_chain: Chain
) -> None:
    number = waiting.card()
    link = confirm_path(waiting, number)
    browser = waiting.browser()
    kept = link.rsplit("/", 1)[1]
    for place, letter in enumerate(kept):
        forged = kept[:place] + ("A" if letter != "A" else "B") + kept[place + 1 :]
        if place < len(kept) - 1:  # the last character holds two bits that say nothing
            assert browser.post(f"/s/{waiting.slug}/confirm/{forged}").status_code == 404
    assert browser.get(link.replace(waiting.slug, other_chain.slug)).status_code == 404
    for secret in ("x", "A" * 34, "é", "A" * 500):
        assert browser.get(f"/s/{waiting.slug}/confirm/{secret}").status_code == 404
    with waiting.acting() as session:
        person = db.session.get_one(
            Customer, (waiting.company_id, waiting.card_row(number).customer_id)
        )
        person.email = address()
        session.commit()
    assert browser.post(link).status_code == 404
    assert waiting.card_row(number).points_balance == 0


@pytest.mark.parametrize("state", ["blocked", "paused"])
def test_it_goes_on_waiting_while_nothing_can_be_collected(waiting: Chain, state: str) -> None:
    number = waiting.card()
    link, browser = confirm_path(waiting, number), waiting.browser()
    if state == "blocked":
        waiting.office().post(f"/admin/cards/{number}/block")
    else:
        waiting.switch(active=False)
    answer = browser.post(link)
    assert answer.status_code == 409
    assert state in answer.text
    if state == "blocked":
        waiting.office().post(f"/admin/cards/{number}/unblock")
    else:
        waiting.switch(active=True)
    assert browser.post(link).status_code == 303
    assert waiting.card_row(number).points_balance == 50


def test_the_link_is_sent_again_when_asked_for(app: Flask, waiting: Chain) -> None:
    theirs = address()
    card = enrol(waiting, reach=theirs).location
    assert "Confirm your address" in waiting.browser().get(f"{card}/details").text
    answer = waiting.browser().post(f"{card}/confirm-again")
    assert answer.location == f"{card}/details"
    letters = letters_to(app, theirs)
    assert len(letters) == 2
    assert all(link_in(one) == link_in(other) for one, other in pairwise(letters))
    waiting.browser().post(link_in(letters[0]))
    waiting.browser().post(f"{card}/confirm-again")
    assert len(letters_to(app, theirs)) == 2, "nothing waits any more"
    assert "Confirm your address" not in waiting.browser().get(f"{card}/details").text


def test_every_way_in_asks_to_confirm(app: Flask, waiting: Chain) -> None:
    theirs = address()
    body = {"email": theirs, "first_name": "Anouk", "terms_accepted": True}
    assert waiting.api.post("/cards", body, key="1").status_code == 201
    assert len(letters_to(app, theirs)) == 1


def test_a_welcome_at_the_first_purchase_comes_with_it(waiting: Chain) -> None:
    waiting.publish(welcome_bonus_when="first_visit")
    number = waiting.card()
    path = path_of(waiting, number)
    assert "50 points with your first purchase." in waiting.browser().get(path).text
    body = {"card": number, "vendor": "old-town", "amount_minor": 1_250, "reference": "r1"}
    assert waiting.api.post("/points/earn", body, key="1").status_code == 201
    assert waiting.card_row(number).points_balance == 62
    assert "with your first purchase" not in waiting.browser().get(path).text


def test_no_letter_goes_out_where_no_welcome_waits(app: Flask, waiting: Chain) -> None:
    waiting.publish(welcome_bonus_when="enrolment")
    theirs = address()
    enrol(waiting, reach=theirs)
    assert not any("/confirm/" in letter for letter in letters_to(app, theirs))
