"""The operator's desk: every company, its jobs, and what was given up."""

import html
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as listening
from sqlalchemy import select

from app import clock, tenancy
from app.accounts import users
from app.accounts.users import Membership
from app.extensions import db
from app.modules.loyalty.reports.health import LATE
from app.outbox import DEAD, PENDING, OutboxEvent
from app.schedules import Schedule
from tests.cast import PASSWORD, Browser, Chain, operator_cookie
from tests.test_jobs import event, put


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


def desk(app: Flask) -> Browser:
    browser = Browser(app, use_cookies=True)
    browser.set_cookie("user", operator_cookie(app))
    return browser


def test_C17_the_operator_sees_each_company_with_its_figures(app: Flask, chain: Chain) -> None:
    chain.stamp(chain.card())
    page = desk(app).get(f"/platform/?q={chain.slug}")
    assert page.status_code == 200
    assert f"/platform/companies/{chain.company_id}" in page.text


def test_a_dead_letter_is_tried_again(app: Flask, chain: Chain) -> None:
    put(chain)
    with chain.acting() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "probe")).one()
        row.state, row.attempts = DEAD, 30
        session.commit()
    browser = desk(app)
    assert str(event(chain).id) in browser.get("/platform/jobs/letters").text
    assert str(event(chain).id) in browser.get(f"/platform/companies/{chain.company_id}").text
    again = f"/platform/companies/{chain.company_id}/events/{event(chain).id}/replay"
    assert browser.post(again).status_code == 303
    assert (event(chain).state, event(chain).attempts) == (PENDING, 0)
    assert browser.post(again).status_code == 404


def test_a_night_can_be_hurried(app: Flask, chain: Chain) -> None:
    with chain.acting() as session:
        session.add(Schedule(kind="expiry", next_at=clock.now() + timedelta(hours=9)))
        session.commit()
    browser = desk(app)
    run = f"/platform/companies/{chain.company_id}/jobs/expiry/run"
    assert browser.post(run).status_code == 303
    with chain.acting() as session:
        row = session.scalars(select(Schedule).where(Schedule.kind == "expiry")).one()
        assert row.next_at <= clock.now()
    assert browser.post(run.replace("expiry", "nonsense")).status_code == 404


def test_C3_a_letter_is_found_in_its_own_company_alone(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    put(chain)
    with chain.acting() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "probe")).one()
        row.state = DEAD
        session.commit()
    wrong = f"/platform/companies/{other_chain.company_id}/events/{event(chain).id}/replay"
    assert desk(app).post(wrong).status_code == 404
    assert event(chain).state == DEAD
    assert desk(app).get("/platform/companies/1").status_code == 404


def test_a_companys_admin_has_no_desk(chain: Chain) -> None:
    assert chain.office().get("/platform/").status_code in (302, 303, 403)


# -- what operators did ---------------------------------------------------------------------------


def said(page: str) -> str:
    return html.unescape(page)


def settled(browser: Browser, chain: Chain, **words: str) -> None:
    path = f"/platform/companies/{chain.company_id}/settings"
    assert browser.post(path, data=words).status_code == 303


def closed(browser: Browser, chain: Chain) -> None:
    path = f"/platform/companies/{chain.company_id}/status"
    answer = browser.post(path, data={"open": "0", "typed": chain.slug})
    assert answer.status_code == 303


def test_the_trail_says_what_an_operator_did_where_and_from_what_to_what(
    app: Flask, chain: Chain
) -> None:
    browser, company = desk(app), f"/platform/companies/{chain.company_id}"
    settled(browser, chain, self_enrolment="no")
    settled(browser, chain, self_enrolment="yes")
    closed(browser, chain)
    trail = said(browser.get("/platform/audit").text)
    first, second, third = (
        trail.index("left to them → no"),
        trail.index("no → yes"),
        trail.index("open → closed"),
    )
    assert third < second < first, "the latest first"
    assert "You closed Corner Bakery" in trail
    assert "You set for Corner Bakery: Customers enrol themselves" in trail
    assert "You closed Corner Bakery" in said(browser.get(company).text)
    assert "You closed Corner Bakery" in said(browser.get("/platform/").text)


def test_the_trail_names_operators_and_nobody_else(app: Flask, chain: Chain) -> None:
    settled(desk(app), chain, staff_voids="no")
    shop = {"name": "Third", "timezone": "Europe/Luxembourg", "address": ""}
    assert chain.office().post("/admin/vendors/new", data=shop).status_code == 303
    company = f"/platform/companies/{chain.company_id}"
    trail = said(desk(app).get(company).text).split("What operators did here")[1]
    assert "Counters take back" in trail
    assert "vendor.added" not in trail
    assert "Ada Adams" not in trail


def test_the_trail_goes_on_page_by_page_by_key(app: Flask, chain: Chain) -> None:
    browser = desk(app)
    for turn in range(55):
        settled(browser, chain, redeem_across_vendors="yes" if turn % 2 else "no")
    first = browser.get("/platform/audit").text
    assert first.count("<li>") == 50
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = browser.get(html.unescape(older)).text
    assert "left to them → no" in said(second)
    assert 'rel="prev"' in second
    for typed in ("x", "-1", "9" * 30):
        assert browser.get(f"/platform/audit?before={typed}").status_code == 200
    assert "nothing older" in browser.get("/platform/audit?before=1").text


def test_the_desk_asks_as_many_statements_of_many_as_of_one(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    browser = desk(app)
    settled(browser, chain, staff_voids="no")
    pages = (
        "/platform/",
        "/platform/programs",
        "/platform/audit",
        "/platform/jobs",
        "/platform/jobs/letters",
        "/platform/jobs/schedules",
        f"/platform/companies/{chain.company_id}",
    )
    for path in pages:
        browser.get(path)  # rules that were read once are kept
    few = [statements(app, lambda path=path: browser.get(path)) for path in pages]
    for made in (chain, other_chain, Chain.open(app)):
        settled(browser, made, staff_voids="yes", self_enrolment="no")
    many = [statements(app, lambda path=path: browser.get(path)) for path in pages]
    # Fewer where the trail is long: its first look then fills the page.
    assert [path for path, less, more in zip(pages, few, many, strict=True) if more > less] == []
    assert max(few) <= 32


def statements(app: Flask, work: Callable[[], Any]) -> int:
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    listening.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        listening.remove(engine, "before_cursor_execute", note)
    return len(asked)


def test_what_is_late_stands_in_the_margin_and_with_the_company(app: Flask, chain: Chain) -> None:
    put(chain)
    with chain.acting() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "probe")).one()
        row.due_at = clock.now() - 2 * LATE
        session.commit()
    page = desk(app).get("/platform/").text
    assert " late</span></a>" in page
    assert "the oldest since" in page


def test_a_closed_company_stands_last_and_comes_back_as_it_was(app: Flask, chain: Chain) -> None:
    browser, company = desk(app), f"/platform/companies/{chain.company_id}"
    closed(browser, chain)
    page = browser.get(f"/platform/?q={chain.slug}").text
    assert page.rindex(chain.slug) > page.index('class="closed"')
    assert "Everything is as it was" in browser.get(company).text
    assert chain.office().get("/admin/").status_code == 404
    assert chain.api.get("/program").status_code == 401
    opened = browser.post(f"{company}/status", data={"open": "1", "typed": chain.slug})
    assert opened.status_code == 303
    assert chain.office().get("/admin/").status_code == 200


def test_nothing_is_closed_before_its_name_is_typed(app: Flask, chain: Chain) -> None:
    browser, status = desk(app), f"/platform/companies/{chain.company_id}/status"
    assert "Nothing is deleted" in browser.get(status).text
    for typed in ("", "Corner Bakery", chain.slug[:-1]):
        answer = browser.post(status, data={"open": "0", "typed": typed})
        assert answer.status_code == 422
        assert f"Type {chain.slug}" in answer.text
    assert chain.office().get("/admin/").status_code == 200


def test_closing_what_is_closed_is_told_once(app: Flask, chain: Chain) -> None:
    browser = desk(app)
    closed(browser, chain)
    closed(browser, chain)
    trail = said(browser.get(f"/platform/audit?company={chain.slug}").text)
    assert trail.count("open → closed") == 1


# -- signing in -----------------------------------------------------------------------------------


def operator(app: Flask, *, of: Chain | None = None) -> Browser:
    """Somebody who just signed in, an operator; perhaps of a company's office besides."""
    email = f"op-{secrets.token_hex(4)}@example.org"
    with app.app_context(), tenancy.crossing():
        who = users.create(email=email, name="Olga Operator", password=PASSWORD, operator=True)
        db.session.flush()
        user_id = who.id
        db.session.commit()
    if of:
        with of.acting() as session:
            session.add(Membership(user_id=user_id, role="admin"))
            session.commit()
    browser = Browser(app, use_cookies=True)
    answer = browser.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/platform/")
    return browser


def test_an_operator_is_led_to_the_desk(app: Flask) -> None:
    browser = operator(app)
    assert browser.get("/platform/").status_code == 200
    assert browser.get("/", follow_redirects=True).request.path == "/platform/"


def test_an_operator_with_an_office_of_their_own_finds_both(app: Flask, chain: Chain) -> None:
    browser = operator(app, of=chain)
    assert "/companies" in browser.get("/platform/").text
    page = browser.get("/companies").text
    assert "Corner Bakery" in page
    assert "/platform/" in page
    assert browser.get("/admin/").status_code == 200
