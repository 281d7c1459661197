"""The operator's company: opening one, what stands on its page, and who is an operator."""

import html
import re
import secrets

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, tenancy
from app.accounts import companies, operators
from app.accounts.companies import Company
from app.accounts.invitations import Invitation
from app.accounts.users import User
from app.audit import AuditEntry, breaches
from app.extensions import db
from app.modules.loyalty import programs
from app.outbox import OutboxEvent
from app.schedules import Schedule
from tests.cast import PASSWORD, Browser, Chain
from tests.pages.test_operators import desk, operator, said

FORM = {"currency": "EUR", "timezone": "Europe/Luxembourg", "country": "LU", "locale": "en-GB"}


def form(**typed: str) -> dict[str, str]:
    word = secrets.token_hex(4)
    return FORM | {"name": f"Salon {word}", "slug": "", "email": f"{word}@example.org"} | typed


def made(app: Flask, slug: str) -> Company | None:
    with app.app_context(), tenancy.crossing():
        found = companies.by_slug(slug)
        db.session.expunge_all()
        db.session.rollback()
    return found


def page_of(browser: Browser, chain: Chain) -> str:
    return said(browser.get(f"/platform/companies/{chain.company_id}").text)


# -- opening --------------------------------------------------------------------------------------


def test_a_company_is_opened_with_its_programme_and_its_administrator_is_asked_in(
    app: Flask,
) -> None:
    typed = form()
    answer = desk(app).post("/platform/companies/new", data=typed)
    assert answer.status_code == 303
    company = made(app, typed["name"].lower().replace(" ", "-"))
    assert company
    assert answer.location.endswith(str(company.id))
    with app.app_context(), tenancy.acting_as(company.id):
        assert programs.current().number == 1
        invitation = db.session.scalars(select(Invitation)).one()
        assert (invitation.email, invitation.role) == (typed["email"], "admin")
        kinds = set(db.session.scalars(select(OutboxEvent.kind)))
        assert "member.invited" in kinds
        acts = list(db.session.scalars(select(AuditEntry.act)))
        assert acts[0] == "company.opened"
        assert breaches() == []
        db.session.rollback()


def test_what_is_wrong_is_said_beside_each_field_and_nothing_typed_is_lost(app: Flask) -> None:
    typed = form(currency="XXQ", timezone="Mars/Base", country="ZZ", locale="x", email="nobody")
    answer = desk(app).post("/platform/companies/new", data=typed)
    assert answer.status_code == 422
    page = said(answer.text)
    for field in ("currency", "timezone", "country", "locale", "email"):
        assert f'id="f-{field}-wrong"' in page, field
    assert typed["name"] in page
    assert made(app, typed["name"].lower().replace(" ", "-")) is None


def test_a_short_name_that_is_taken_is_refused_by_name(app: Flask, chain: Chain) -> None:
    answer = desk(app).post("/platform/companies/new", data=form(slug=chain.slug))
    assert answer.status_code == 422
    assert "which another company has" in said(answer.text)


def test_another_administrator_is_asked_in_later(app: Flask, chain: Chain) -> None:
    browser, invite = desk(app), f"/platform/companies/{chain.company_id}/invite"
    assert browser.post(invite, data={"email": "new@example.org"}).status_code == 303
    assert "Invitations that wait" in page_of(browser, chain)
    assert browser.post(invite, data={"email": chain.admin.email}).status_code == 303
    with chain.acting() as session:
        assert len(session.scalars(select(Invitation)).all()) == 1


# -- the page -------------------------------------------------------------------------------------


def test_C17_the_page_has_shops_people_terminals_and_keys_as_counts(
    app: Flask, chain: Chain
) -> None:
    page = re.sub(r"<[^>]*>", " ", page_of(desk(app), chain))
    words = " ".join(page.split())
    assert "2 shops" in words
    for leader in ("Administrators 1", "Shop managers 1", "Terminals paired 1", "API 1"):
        assert leader in words, leader
    for person in (chain.admin, chain.manager, chain.staff):
        assert person.name not in words
        assert not person.email or person.email not in words


def test_C19_the_page_says_the_operators_word_and_the_companys_own(
    app: Flask, chain: Chain
) -> None:
    browser = desk(app)
    assert "Left to them: yes." in page_of(browser, chain)
    assert "You decided" not in page_of(browser, chain)
    settings = f"/platform/companies/{chain.company_id}/settings"
    browser.post(settings, data={"self_enrolment": "no"})
    assert "You decided: no. Their own value: yes." in page_of(browser, chain)
    chain.publish(require_staff_pin=False)
    browser.post(settings, data={"require_staff_pin": "yes"})
    assert "You decided: yes. Their own value: no." in page_of(browser, chain)


def test_the_page_tells_the_companys_time_and_utc(app: Flask) -> None:
    chain = Chain.open(app, timezone="Asia/Tokyo")
    with chain.acting() as session:
        session.add(
            Schedule(
                kind="verify",
                next_at=clock.now().replace(year=2031, month=3, day=1, hour=20, minute=30),
                ended_at=clock.now().replace(year=2026, month=3, day=1, hour=20, minute=30),
                outcome="clean",
            )
        )
        session.commit()
    page = page_of(desk(app), chain)
    assert "2 Mar, 05:30" in page
    assert "20:30 UTC" in page
    assert "Asia/Tokyo" in page


def test_a_company_reads_its_own_jobs_and_letters_alone(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    with other_chain.acting() as session:
        event = OutboxEvent(kind="theirs", body={}, state="dead", due_at=clock.now())
        event.created_at = clock.now()
        session.add(event)
        session.add(Schedule(kind="their-night", next_at=clock.now()))
        session.commit()
    browser = desk(app)
    assert "theirs" in page_of(browser, other_chain)
    assert "theirs" not in page_of(browser, chain)
    assert "Their night" not in page_of(browser, chain)


# -- operators ------------------------------------------------------------------------------------


def test_somebody_who_signs_in_already_becomes_an_operator(app: Flask, chain: Chain) -> None:
    browser = desk(app)
    answer = browser.post("/platform/operators", data={"email": chain.admin.email})
    assert answer.status_code == 303
    assert chain.admin.email in browser.get("/platform/operators").text
    theirs = Browser(app, use_cookies=True)
    entered = theirs.post("/sign-in", data={"email": chain.admin.email, "password": PASSWORD})
    assert entered.location == "/platform/"
    remove = f"/platform/operators/{chain.admin.user_id}/remove"
    assert browser.post(remove).status_code == 303
    assert theirs.get("/platform/").status_code in (302, 303, 403)


def test_somebody_new_gets_a_first_password_that_is_shown_once(app: Flask) -> None:
    browser, email = desk(app), f"{secrets.token_hex(4)}@example.org"
    answer = browser.post("/platform/operators", data={"email": email, "name": "Nina New"})
    assert answer.status_code == 201
    shown = re.search(r'<output id="password"[^>]*>([^<]+)<', answer.text)
    assert shown
    password = html.unescape(shown[1])
    assert password not in browser.get("/platform/operators").text
    theirs = Browser(app, use_cookies=True)
    entered = theirs.post("/sign-in", data={"email": email, "password": password})
    assert entered.location == "/platform/"


def test_somebody_new_needs_a_name_and_an_address(app: Flask) -> None:
    for typed in ({"email": "nobody"}, {"email": f"{secrets.token_hex(4)}@example.org"}):
        answer = desk(app).post("/platform/operators", data=typed)
        assert answer.status_code == 422
        assert 'class="wrong"' in answer.text
        assert typed["email"] in answer.text


def test_the_last_operator_stays(fresh_app: Flask) -> None:
    browser = operator(fresh_app)
    with fresh_app.app_context(), tenancy.crossing():
        (only,) = operators.every()
        only_id = only.id
        db.session.rollback()
    assert "Remove</summary>" not in browser.get("/platform/operators").text
    answer = browser.post(f"/platform/operators/{only_id}/remove")
    assert answer.status_code == 409
    assert "last operator" in said(answer.text)
    assert browser.get("/platform/").status_code == 200


def test_who_is_no_operator_cannot_be_removed(app: Flask, chain: Chain) -> None:
    answer = desk(app).post(f"/platform/operators/{chain.admin.user_id}/remove")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/platform/",
        "/platform/programs",
        "/platform/programs.csv",
        "/platform/companies/new",
        "/platform/companies/{company}",
        "/platform/companies/{company}/status",
        "/platform/jobs",
        "/platform/jobs/letters",
        "/platform/jobs/schedules",
        "/platform/audit",
        "/platform/audit.csv",
        "/platform/operators",
    ],
)
def test_C3_no_page_of_the_desk_opens_for_an_office(chain: Chain, path: str) -> None:
    for who in (chain.admin, chain.manager):
        answer = chain.office(who).get(path.format(company=chain.company_id))
        assert answer.status_code in (303, 403)
        assert chain.slug not in answer.text


def test_C3_an_office_makes_no_operator_and_opens_no_company(app: Flask, chain: Chain) -> None:
    typed = form()
    office = chain.office()
    assert office.post("/platform/operators", data={"email": chain.admin.email}).status_code in (
        303,
        403,
    )
    assert office.post("/platform/companies/new", data=typed).status_code in (303, 403)
    assert made(app, typed["name"].lower().replace(" ", "-")) is None
    with app.app_context(), tenancy.crossing():
        assert not db.session.get_one(User, chain.admin.user_id).is_operator
        db.session.rollback()
