"""The people of the office: invited by mail, changed, switched off; one administrator, always."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, mail, tenancy
from app.accounts import invitations, people, users
from app.accounts.invitations import Invitation
from app.accounts.people import LastAdministrator
from app.accounts.users import Membership, User
from app.audit import AuditEntry
from app.extensions import db
from tests.cast import PASSWORD, Chain
from tests.races.scenarios import together, told
from tests.test_jobs import drained


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


NEW_PASSWORD = "a cup of coffee at ten"


def letters(app: Flask, to: str) -> list[str]:
    """What was written to this address so far, as text, the oldest first."""
    drained(app)
    with app.app_context():
        files: list[Path] = sorted(mail.folder().glob("*.eml"))
    found = []
    for file in files:
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        if str(letter["To"]) == to:
            part = letter.get_body(("plain",))
            assert part
            found.append(str(part.get_content()))
    return found


def link_in(letter: str, begins: str) -> str:
    found = re.search(rf"{begins}[\w-]+", letter)
    assert found, letter
    return found.group()


def invited(app: Flask, chain: Chain, *, place: str = "admin") -> tuple[str, str]:
    """Somebody's address, and the path of the link that was sent there."""
    to = f"nora@{chain.slug}.example"
    answer = chain.office().post("/admin/people", data={"email": to.upper(), "place": place})
    assert (answer.status_code, answer.location) == (303, "/admin/people")
    return to, link_in(letters(app, to)[-1], "/invitations/")


def member(chain: Chain, email: str) -> Membership | None:
    with chain.acting():
        return people.member_with(email)


def acts(chain: Chain) -> list[str]:
    with chain.acting() as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.sequence)))


# -- inviting -------------------------------------------------------------------------------------


def test_somebody_new_is_invited_chooses_a_password_and_is_in(app: Flask, chain: Chain) -> None:
    to, path = invited(app, chain, place=str(chain.second_vendor.id))
    browser = chain.browser()
    page = browser.get(path)
    assert page.status_code == 200
    assert "manager of Station" in page.text
    assert member(chain, to) is None, "looking changes nothing"
    answer = browser.post(path, data={"name": "Nora Neu", "password": NEW_PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/people").status_code == 403, "a manager runs no office"
    row = member(chain, to)
    assert row
    assert (row.role, row.vendor_id) == ("manager", chain.second_vendor.id)
    assert acts(chain)[-2:] == ["member.invited", "member.joined"]
    typed = {"email": to, "password": NEW_PASSWORD}
    assert chain.browser().post("/sign-in", data=typed).location == "/admin/"


def test_the_link_is_good_once(app: Flask, chain: Chain) -> None:
    _, path = invited(app, chain)
    typed = {"name": "Nora", "password": NEW_PASSWORD}
    assert chain.browser().post(path, data=typed).status_code == 303
    for answer in (chain.browser().get(path), chain.browser().post(path, data=typed)):
        assert answer.status_code == 404
        assert "good no more" in answer.text


def test_the_link_ends_after_a_week(app: Flask, chain: Chain) -> None:
    _, path = invited(app, chain)
    with clock.at(clock.now() + timedelta(days=6, hours=23)):
        assert chain.browser().get(path).status_code == 200
    with clock.at(clock.now() + timedelta(days=7, seconds=5)):
        assert chain.browser().get(path).status_code == 404
        office = chain.browser()
        office.set_cookie("user", chain.user_cookie(chain.admin))
        assert "ran out" in office.get("/admin/people").text


def test_sent_again_the_letter_before_is_good_no_more(app: Flask, chain: Chain) -> None:
    to, first = invited(app, chain)
    office = chain.office()
    found = re.search(r"/admin/people/invitations/\d+/again", office.get("/admin/people").text)
    assert found
    assert office.post(found.group()).status_code == 303
    second = link_in(letters(app, to)[-1], "/invitations/")
    assert second != first
    assert chain.browser().get(first).status_code == 404
    assert chain.browser().get(second).status_code == 200


def test_withdrawn_it_leads_nowhere_and_is_not_sent(app: Flask, chain: Chain) -> None:
    to, path = invited(app, chain)
    office = chain.office()
    office.post("/admin/people", data={"email": to, "place": "admin"})  # a letter on its way
    found = re.search(r"/admin/people/invitations/\d+/withdraw", office.get("/admin/people").text)
    assert found
    assert office.post(found.group()).status_code == 303
    assert len(letters(app, to)) == 1
    assert chain.browser().get(path).status_code == 404
    assert office.post(found.group()).status_code == 404
    assert acts(chain)[-1] == "member.invitation-withdrawn"


def test_invited_twice_one_waits_as_what_was_said_last(app: Flask, chain: Chain) -> None:
    to, _ = invited(app, chain)
    invited(app, chain, place=str(chain.vendor.id))
    with chain.acting() as session:
        (row,) = session.scalars(select(Invitation)).all()
    assert (row.email, row.role, row.vendor_id) == (to, "manager", chain.vendor.id)


def test_who_has_a_password_elsewhere_accepts_and_signs_in_with_it(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    to = other_chain.admin.email
    chain.office().post("/admin/people", data={"email": to, "place": "admin"})
    path = link_in(letters(app, to)[-1], "/invitations/")
    stranger = chain.browser()
    page = stranger.get(path)
    assert "You sign in here already" in page.text
    assert 'type="password"' not in page.text
    answer = stranger.post(path, data={"name": "X", "password": NEW_PASSWORD})
    assert answer.location == "/sign-in?next=/companies", "the link opens no account"
    assert stranger.get("/admin/").status_code == 303
    typed = {"email": to, "password": PASSWORD}
    signed_in = chain.browser()
    assert signed_in.post(answer.location, data=typed).location == "/companies"
    assert signed_in.post("/companies", data={"company": chain.company_id}).status_code == 303
    assert chain.slug in signed_in.get("/admin/").text


def test_who_is_signed_in_already_goes_straight_in(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    to = other_chain.admin.email
    chain.office().post("/admin/people", data={"email": to, "place": "admin"})
    path = link_in(letters(app, to)[-1], "/invitations/")
    office = other_chain.office()
    assert office.post(path).location == "/admin/"
    assert chain.slug in office.get("/admin/").text


def test_nobody_learns_who_signs_in_elsewhere(chain: Chain, other_chain: Chain) -> None:
    office = chain.office()
    answers = []
    for email in (other_chain.admin.email, f"nobody@{chain.slug}.example"):
        answer = office.post("/admin/people", data={"email": email, "place": "admin"})
        answers.append((answer.status_code, answer.location))
    assert answers[0] == answers[1]


def test_what_was_typed_wrong_is_named_and_kept(chain: Chain) -> None:
    office = chain.office()
    for email in ("no address", chain.manager.email):
        answer = office.post("/admin/people", data={"email": email, "place": "admin"})
        assert answer.status_code == 422
        assert 'id="f-email-wrong"' in answer.text
        assert f'value="{email}"' in answer.text
    answer = office.post("/admin/people", data={"email": "a@example.org", "place": "1"})
    assert 'id="f-place-wrong"' in answer.text


def test_a_short_password_and_no_name_are_refused_beside_the_field(
    app: Flask, chain: Chain
) -> None:
    to, path = invited(app, chain)
    for typed, field in (
        ({"name": "Nora", "password": "short"}, "password"),
        ({"name": " ", "password": NEW_PASSWORD}, "name"),
    ):
        answer = chain.browser().post(path, data=typed)
        assert answer.status_code == 422
        assert f'id="f-{field}-wrong"' in answer.text
    assert member(chain, to) is None


def test_two_who_press_at_once_are_one_person(app: Flask, chain: Chain) -> None:
    to, path = invited(app, chain)
    token = path.rpartition("/")[2]
    with chain.app.app_context(), tenancy.crossing():
        newcomers = [
            users.create(email=to, name=f"Nora {n}", password=NEW_PASSWORD) for n in range(3)
        ]
        for each in newcomers:
            db.session.expunge(each)
        db.session.rollback()

    def accept(newcomer: User) -> None:
        invitations.accept(token, newcomer)

    outcomes = together(chain, [partial(accept, each) for each in newcomers])
    assert sum(outcome is None for outcome in outcomes) == 1, told(outcomes)
    with chain.acting() as session:
        assert len(session.scalars(select(User).where(User.email == to)).all()) == 1


# -- changing and switching off -------------------------------------------------------------------


def manager_id(chain: Chain) -> int:
    row = member(chain, chain.manager.email)
    assert row
    return row.id


def test_a_manager_becomes_an_administrator_and_another_shops_manager(chain: Chain) -> None:
    office, path = chain.office(), f"/admin/people/{manager_id(chain)}"
    assert office.get(path).status_code == 200
    assert office.post(path, data={"place": "admin"}).status_code == 303
    assert chain.office(chain.manager).get("/admin/people").status_code == 200
    assert office.post(path, data={"place": str(chain.second_vendor.id)}).status_code == 303
    row = member(chain, chain.manager.email)
    assert row
    assert (row.role, row.vendor_id) == ("manager", chain.second_vendor.id)
    assert office.post(path, data={"place": "owner"}).status_code == 422
    assert acts(chain)[-2:] == ["member.changed", "member.changed"]


def test_who_is_switched_off_is_out_at_once_and_can_come_back(chain: Chain) -> None:
    theirs, office = chain.office(chain.manager), chain.office()
    path = f"/admin/people/{manager_id(chain)}"
    assert theirs.get("/admin/").status_code == 200
    assert office.post(f"{path}/off").status_code == 303
    assert theirs.get("/admin/").status_code == 303
    typed = {"email": chain.manager.email, "password": PASSWORD}
    assert chain.browser().post("/sign-in", data=typed).location == "/companies"
    assert "One who is switched off" in office.get("/admin/people").text
    answer = office.post("/admin/people", data={"email": chain.manager.email, "place": "admin"})
    assert "switch them on again" in answer.text
    assert office.post(f"{path}/on").status_code == 303
    assert theirs.get("/admin/").status_code == 200
    assert acts(chain)[-2:] == ["member.off", "member.on"]


def test_the_last_administrator_stays(chain: Chain) -> None:
    office = chain.office()
    row = member(chain, chain.admin.email)
    assert row
    for path, data in (("/off", {}), ("", {"place": str(chain.vendor.id)})):
        answer = office.post(f"/admin/people/{row.id}{path}", data=data)
        assert answer.status_code == 409
        assert "Nobody else runs this company" in answer.text
    assert office.get("/admin/people").status_code == 200


def test_of_two_administrators_who_shut_each_other_out_one_stays(chain: Chain) -> None:
    with chain.acting() as session:
        row = people.member_with(chain.manager.email)
        assert row
        row.role, row.vendor_id = "admin", None
        session.commit()
        mine = people.member_with(chain.admin.email)
        assert mine
        both = [row.id, mine.id]

    def shut_out(member_id: int) -> None:
        people.switch(member_id, off=True, by=1)

    outcomes = together(chain, [partial(shut_out, each) for each in both])
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [LastAdministrator]
    with chain.acting():
        assert len(people.admins()) == 1


# -- a forgotten password -------------------------------------------------------------------------


def asked(app: Flask, chain: Chain, email: str) -> list[str]:
    browser = chain.browser()
    answer = browser.post("/sign-in/forgotten", data={"email": email})
    assert (answer.status_code, answer.location) == (303, "/sign-in/forgotten")
    assert "is on its way there" in browser.get("/sign-in/forgotten").text
    return [letter for letter in letters(app, email) if "/sign-in/password/" in letter]


def test_a_forgotten_password_is_chosen_anew_and_everybody_else_is_out(
    app: Flask, chain: Chain
) -> None:
    thief = chain.office(chain.manager)
    (letter,) = asked(app, chain, chain.manager.email)
    path = link_in(letter, "/sign-in/password/")
    browser = chain.browser()
    assert browser.get(path).status_code == 200
    assert browser.post(path, data={"password": "short"}).status_code == 422
    assert browser.post(path, data={"password": NEW_PASSWORD}).location == "/sign-in"
    assert thief.get("/admin/").status_code == 303
    assert browser.get(path).status_code == 404, "the link is good once"
    for password, status in ((PASSWORD, 401), (NEW_PASSWORD, 303)):
        typed = {"email": chain.manager.email, "password": password}
        assert chain.browser().post("/sign-in", data=typed).status_code == status
    assert acts(chain)[-1] == "user.password-reset"


def test_who_is_not_known_hears_the_same_and_gets_nothing(app: Flask, chain: Chain) -> None:
    assert asked(app, chain, f"nobody@{chain.slug}.example") == []
    assert asked(app, chain, "no address") == []


def test_a_mailbox_is_not_filled_by_asking(app: Flask, chain: Chain) -> None:
    assert len(asked(app, chain, chain.manager.email)) == 1
    assert len(asked(app, chain, chain.manager.email)) == 1
    with clock.at(clock.now() + timedelta(minutes=6)):
        first, second = asked(app, chain, chain.manager.email)
        assert chain.browser().get(link_in(first, "/sign-in/password/")).status_code == 404
        assert chain.browser().get(link_in(second, "/sign-in/password/")).status_code == 200
    with clock.at(clock.now() + timedelta(minutes=67)):
        assert chain.browser().get(link_in(second, "/sign-in/password/")).status_code == 404


def test_the_desk_is_not_opened_by_a_mailbox(app: Flask, chain: Chain) -> None:
    with chain.acting() as session:
        found = session.get_one(User, chain.admin.user_id)
        found.is_operator = True
        session.commit()
    assert asked(app, chain, chain.admin.email) == []


@pytest.mark.parametrize("who", ["admin", "manager"])
def test_the_page_is_in_the_administrators_margin_alone(chain: Chain, who: str) -> None:
    page = chain.office(getattr(chain, who)).get("/admin/").text
    assert ('href="/admin/people"' in page) == (who == "admin")
