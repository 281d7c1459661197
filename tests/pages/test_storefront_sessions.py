"""Customers sign in: by a link or a code, once, for a week, at one company."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import clock, jobs, mail
from app.accounts import customer_sessions
from app.extensions import limiter
from tests.cast import Browser, Chain
from tests.conftest import dispose, make_app
from tests.pages.test_storefront import address, path_of


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, passes and companies are in the way."""
    return quiet_app


LINK = re.compile(r"/s/[a-z0-9-]+/sign-in/[A-Za-z0-9_-]+")


def at(chain: Chain, page: str) -> str:
    return f"/s/{chain.slug}/{page}"


def ask(chain: Chain, contact: str, browser: Browser | None = None) -> Browser:
    """Type the contact at the lost-card page; the browser that asked."""
    browser = browser or chain.browser()
    answer = browser.post(at(chain, "sign-in"), data={"reach": contact})
    assert answer.location == at(chain, "on-its-way")
    return browser


def letter(app: Flask, contact: str) -> str:
    """The newest letter or text to the contact."""
    with app.app_context():
        while jobs.drain():
            pass
        files = sorted(mail.folder().iterdir(), key=lambda file: int(file.stem))
    mine = [file.read_text().replace("=\n", "") for file in files]
    return next(text for text in reversed(mine) if f"To: {contact}" in text)


def code_in(text: str) -> str:
    found = re.search(r"\b(\d{6}) is your code", text)
    assert found, text
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def type_code(chain: Chain, browser: Browser, code: str) -> TestResponse:
    return browser.post(at(chain, "sign-in/code"), data={"code": code})


def signed_in(app: Flask, chain: Chain, **contact: str) -> tuple[Browser, str]:
    """A new customer's browser, signed in with a code; and the card's number."""
    contact = contact or {"email": address()}
    number = chain.card(first_name="Anouk", **contact)
    browser = ask(chain, next(iter(contact.values())))
    answer = type_code(chain, browser, code_in(letter(app, next(iter(contact.values())))))
    assert answer.location == at(chain, "me")
    return browser, number


def test_the_code_signs_in_and_the_dashboard_tells_what_is_there(app: Flask, chain: Chain) -> None:
    browser, number = signed_in(app, chain)
    chain.stamp(number, 3)
    page = browser.get(at(chain, "me")).text
    assert "Anouk’s card" in page
    assert "3 of 10 stamps" in page
    assert "3 stamps at Old Town" in page
    assert browser.get(at(chain, "sign-in")).location == at(chain, "me")
    assert "You have a card here already." in browser.get(at(chain, "")).text


def test_the_link_signs_in_when_its_button_is_pressed_and_once(app: Flask, chain: Chain) -> None:
    theirs = address()
    chain.card(email=theirs)
    ask(chain, theirs)
    found = LINK.search(letter(app, theirs))
    assert found
    phone = chain.browser()  # another device than the one that asked
    for _look in range(2):
        assert "Sign me in" in phone.get(found[0]).text
    assert phone.get(at(chain, "me")).status_code == 303, "looking signs nobody in"
    assert phone.post(found[0]).location == at(chain, "me")
    assert phone.get(at(chain, "me")).status_code == 200
    assert chain.browser().post(found[0]).status_code == 404
    assert chain.browser().get(found[0]).status_code == 404


def test_who_uses_the_link_ends_the_code_and_the_other_way_round(app: Flask, chain: Chain) -> None:
    theirs = address()
    chain.card(email=theirs)
    browser = ask(chain, theirs)
    sent = letter(app, theirs)
    path = LINK.search(sent)
    assert path
    assert type_code(chain, browser, code_in(sent)).status_code == 303
    assert chain.browser().post(path[0]).status_code == 404
    browser = ask(chain, theirs)
    sent = letter(app, theirs)
    path = LINK.search(sent)
    assert path
    assert chain.browser().post(path[0]).status_code == 303
    assert type_code(chain, browser, code_in(sent)).status_code == 422


def test_a_text_says_the_code_too(app: Flask, chain: Chain) -> None:
    browser, _number = signed_in(app, chain, phone="+352621654321")
    assert browser.get(at(chain, "me/points")).status_code == 200


def test_five_wrong_codes_end_the_right_one_and_the_link_still_works(
    app: Flask, chain: Chain
) -> None:
    theirs = address()
    chain.card(email=theirs)
    browser = ask(chain, theirs)
    sent = letter(app, theirs)
    for _try in range(5):
        answer = type_code(chain, browser, wrong(code_in(sent)))
        assert answer.status_code == 422
        assert "This code is wrong, used, or older than ten minutes." in answer.text
    assert type_code(chain, browser, code_in(sent)).status_code == 422
    path = LINK.search(sent)
    assert path
    assert chain.browser().post(path[0]).status_code == 303


def test_a_stranger_uses_up_none_of_somebodys_tries(app: Flask, chain: Chain) -> None:
    theirs = address()
    chain.card(email=theirs)
    browser = ask(chain, theirs)
    code = code_in(letter(app, theirs))
    stranger = ask(chain, theirs)
    for _try in range(6):
        assert type_code(chain, stranger, wrong(code)).status_code == 422
        assert type_code(chain, chain.browser(), code).status_code == 422, "it never asked"
    assert type_code(chain, stranger, code).status_code == 422, "another request's code"
    assert type_code(chain, browser, code).status_code == 303


@pytest.mark.parametrize(
    ("minutes", "code", "link"), [(9, 303, 303), (11, 422, 303), (61, 422, 404)]
)
def test_a_code_is_good_for_ten_minutes_and_a_link_for_an_hour(
    app: Flask, chain: Chain, minutes: int, code: int, link: int
) -> None:
    theirs = address()
    chain.card(email=theirs)
    browsers = [ask(chain, theirs) for _each in range(2)]
    sent = letter(app, theirs)
    path = LINK.search(sent)
    assert path
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        assert type_code(chain, browsers[1], code_in(sent)).status_code == code
        if code == 422:
            assert chain.browser().post(path[0]).status_code == link


def test_a_session_ends_after_a_week(app: Flask, chain: Chain) -> None:
    browser, _number = signed_in(app, chain)
    with clock.at(clock.now() + timedelta(days=customer_sessions.SESSION_DAYS, seconds=1)):
        assert browser.get(at(chain, "me")).location == at(chain, "sign-in")


def test_signing_out_ends_the_session_in_the_database_too(app: Flask, chain: Chain) -> None:
    browser, _number = signed_in(app, chain)
    name = f"customer-{chain.company_id}"
    kept = browser.get_cookie(name)
    assert kept
    assert kept.http_only
    browser.post(at(chain, "sign-out"))
    assert browser.get_cookie(name) is None
    browser.set_cookie(name, kept.value)
    assert browser.get(at(chain, "me")).location == at(chain, "sign-in")


@pytest.mark.parametrize("way", ["leave", "erase"])
def test_who_leaves_or_is_erased_is_signed_in_nowhere(app: Flask, chain: Chain, way: str) -> None:
    browser, number = signed_in(app, chain)
    browser.post(f"{path_of(chain, number)}/{way}")
    assert browser.get(at(chain, "me")).status_code == 303
    assert browser.get(at(chain, "me/points")).status_code == 401


def test_a_replaced_card_signs_everybody_out_and_ends_open_letters(
    app: Flask, chain: Chain
) -> None:
    theirs = address()
    browser, number = signed_in(app, chain, email=theirs)
    second = ask(chain, theirs)
    code = code_in(letter(app, theirs))
    assert chain.api.post(f"/cards/{number}/replace").status_code == 200
    assert browser.get(at(chain, "me")).status_code == 303
    assert type_code(chain, second, code).status_code == 422


def test_C3_a_session_proves_nothing_at_another_company(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    browser, _number = signed_in(app, chain)
    kept = browser.get_cookie(f"customer-{chain.company_id}")
    assert kept
    browser.set_cookie(f"customer-{other_chain.company_id}", kept.value)
    for page in ("me", "me/history"):
        assert browser.get(at(other_chain, page)).location == at(other_chain, "sign-in")
    for page in ("me/points", "me/transactions"):
        assert browser.get(at(other_chain, page)).status_code == 401
    assert browser.get(at(chain, "me")).status_code == 200


@pytest.mark.parametrize("forged", ["", "x", "1.x", f"{2**63}.x", "²." + "x" * 43, "." * 60])
def test_a_made_up_cookie_signs_nobody_in(chain: Chain, forged: str) -> None:
    browser = chain.browser()
    browser.set_cookie(f"customer-{chain.company_id}", forged)
    assert browser.get(at(chain, "me")).status_code == 303


def test_a_known_contact_and_an_unknown_one_are_answered_alike(app: Flask, chain: Chain) -> None:
    theirs = address()
    chain.card(email=theirs)
    pages = []
    for contact in (theirs, address()):
        browser = ask(chain, contact)
        page = browser.get(at(chain, "on-its-way"))
        denied = type_code(chain, browser, "000000")
        told = [re.sub(r'"csrf[^>]*>|content="[^"]*"', "", t.text) for t in (page, denied)]
        with browser.session_transaction() as session:
            kept = {name: len(str(value)) for name, value in session.items()}
        pages.append(([text.replace(contact, "") for text in told], denied.status_code, kept))
    assert pages[0] == pages[1]


# -- what programs read ------------------------------------------------------------------------


def test_me_answers_in_the_apis_shapes(app: Flask, chain: Chain) -> None:
    browser, number = signed_in(app, chain)
    for _each in range(2):
        chain.stamp(number)
        chain.publish(cooldown_minutes=0)
    assert browser.get(at(chain, "me/points")).json == chain.api.get(f"/cards/{number}").json
    lines = f"/cards/{number}/transactions"
    mine = browser.get(at(chain, "me/transactions"))
    assert mine.json == chain.api.get(lines).json
    paged = browser.get(at(chain, "me/transactions?limit=1")).json
    assert paged == chain.api.get(lines, limit=1).json
    rest = browser.get(at(chain, f"me/transactions?cursor={paged['next']}")).json
    assert [line["sequence"] for line in rest["items"]] == [2]


@pytest.mark.parametrize("page", ["points", "transactions"])
def test_without_a_session_programs_read_a_problem(chain: Chain, page: str) -> None:
    answer = chain.browser().get(at(chain, f"me/{page}"), headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json(force=True)["code"] == "unauthenticated"


def test_a_wrong_query_is_a_problem_with_its_field(app: Flask, chain: Chain) -> None:
    browser, _number = signed_in(app, chain)
    answer = browser.get(at(chain, "me/transactions?limit=x"))
    assert answer.status_code == 422
    assert "limit" in answer.get_json(force=True)["errors"]


# -- the history -------------------------------------------------------------------------------


def test_A9_the_history_tells_what_was_earned_used_expired_and_changed(
    app: Flask, chain: Chain
) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None, stamps_target=3)
    browser, number = signed_in(app, chain)
    chain.stamp(number, 3)
    chain.redeem(number)
    added = chain.stamp(number, 2)
    chain.api.post(f"/transactions/{added['transaction_id']}/void", {"reason": "The wrong card"})
    kinds = {"": 4, "earned": 2, "used": 1, "expired": 0, "changed": 1, "nonsense": 4}
    for kind, count in kinds.items():
        for home in (at(chain, "me"), path_of(chain, number)):
            page = browser.get(f"{home}/history?kind={kind}").text
            assert page.count("<time ") == count, kind
            assert ("Nothing of this kind has happened." in page) == (count == 0)


def test_A9_a_kind_is_read_page_by_page(app: Flask, chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    browser, number = signed_in(app, chain)
    for _each in range(35):
        chain.stamp(number)
    seen, path = 0, at(chain, "me/history?kind=earned")
    while path:
        page = browser.get(path).text
        seen += page.count("<time ")
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == 35


def test_A9_the_history_is_taken_along_as_a_table_with_safe_cells(app: Flask, chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0)
    browser, number = signed_in(app, chain)
    chain.stamp(number)
    body = {"card": number, "vendor": "old-town", "amount_minor": 1_250, "reference": "=1+1"}
    assert chain.api.post("/points/earn", body).status_code == 201
    table = browser.get(at(chain, "me/history.csv"))
    assert table.mimetype == "text/csv"
    rows = list(csv.DictReader(table.text.lstrip("\ufeff").splitlines()))
    assert [row["type"] for row in rows] == ["points_earned", "stamps_added"]
    assert (rows[0]["amount_minor"], rows[0]["reference"], rows[0]["shop"]) == (
        "1250",
        "'=1+1",
        "Old Town",
    )
    used = browser.get(at(chain, "me/history.csv?kind=used")).text
    assert len(used.splitlines()) == 1, "the head alone"
    assert chain.browser().get(at(chain, "me/history.csv")).status_code == 303


# -- limits ------------------------------------------------------------------------------------


@pytest.fixture
def limited(database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    """A chain in an application that limits traffic, as an installation does."""
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # put back afterwards: it is one
    application = make_app(database_url, folder, RATE_LIMITS="on")
    limiter.reset()
    yield Chain.open(application)
    dispose(application)


def test_a_device_types_only_so_many_codes(limited: Chain) -> None:
    browser = ask(limited, address())
    tries = [type_code(limited, browser, "000000").status_code for _try in range(7)]
    assert tries == [422] * 6 + [429]
