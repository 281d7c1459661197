"""The office's doors while something else happens: a password set anew, somebody made an operator,
the same address let in elsewhere at the same moment."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from app import tenancy
from app.accounts import invitations, passwords, users
from app.accounts.invitations import Invitation
from app.accounts.users import User, forgotten
from app.extensions import db
from tests.cast import PASSWORD, Browser, Chain, operator_cookie
from tests.servers import POSTGRESQL

NEW_PASSWORD = "a cup of coffee at ten"


def link_asked_for(chain: Chain) -> str:
    """The path of the link to a new password for the administrator."""
    chain.browser().post("/sign-in/forgotten", data={"email": chain.admin.email})
    with chain.acting() as session:
        return f"/sign-in/password/{forgotten.token_of(session.get_one(User, chain.admin.user_id))}"


def desk(chain: Chain) -> Browser:
    browser = chain.browser()
    browser.set_cookie("user", operator_cookie(chain.app))
    return browser


def elsewhere(work: Callable[[], Any]) -> None:
    """In another thread, to its end."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@contextmanager
def just_before(chain: Chain, kind: str, statement: str, work: Callable[[], Any]) -> Iterator[None]:
    """Let `work` be done elsewhere right before the first such statement is. On SQLite it is done
    at once: nobody comes in between there, since its one writer is at work."""
    done: list[bool] = []

    def first(_c: Any, _cursor: Any, said: str, *_more: Any) -> None:
        if said.startswith(statement) and not done:
            done.append(True)
            elsewhere(work)

    with chain.app.app_context():
        engine = db.engine
    if kind == POSTGRESQL:
        event.listen(engine, "before_cursor_execute", first)
    else:
        done.append(True)
        work()
    try:
        yield
    finally:
        if kind == POSTGRESQL:
            event.remove(engine, "before_cursor_execute", first)
    assert done


def test_who_signs_in_while_the_password_is_set_anew_is_not_in_with_the_old_one(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, compared = link_asked_for(chain), passwords.matches

    def compared_meanwhile(*args: Any, **how: Any) -> bool:
        typed = {"password": NEW_PASSWORD}
        elsewhere(lambda: chain.browser().post(link, data=typed))
        return compared(*args, **how)

    monkeypatch.setattr(passwords, "matches", compared_meanwhile)
    browser = chain.browser()
    old = {"email": chain.admin.email, "password": PASSWORD}
    assert browser.post("/sign-in", data=old).status_code == 401
    assert browser.get("/admin/").status_code == 303
    monkeypatch.undo()
    new = {"email": chain.admin.email, "password": NEW_PASSWORD}
    assert browser.post("/sign-in", data=new).status_code == 303


def test_whoever_becomes_an_operator_has_no_link_to_a_new_password_any_more(chain: Chain) -> None:
    link = link_asked_for(chain)
    assert chain.browser().get(link).status_code == 200
    assert desk(chain).post("/platform/operators", data={"email": chain.admin.email}).location
    assert chain.browser().get(link).status_code == 404
    assert chain.browser().post(link, data={"password": NEW_PASSWORD}).status_code == 404


def test_how_long_the_answer_takes_does_not_tell_whose_address_is_known(chain: Chain) -> None:
    for email in (chain.admin.email, "nobody@example.org"):
        begun = time.monotonic()
        chain.browser().post("/sign-in/forgotten", data={"email": email})
        assert time.monotonic() - begun >= 0.25


def test_who_is_asked_in_by_two_at_the_desk_at_once_is_asked_in(chain: Chain, kind: str) -> None:
    email = f"nora@{chain.slug}.example"

    def other_was_first() -> None:
        with chain.acting() as session:
            by = chain.admin.user_id or 0
            invitations.invite(email, role="admin", vendor_id=None, by=by)
            session.commit()

    browser = desk(chain)
    with just_before(chain, kind, "INSERT INTO invitations", other_was_first):
        invite = f"/platform/companies/{chain.company_id}/invite"
        assert browser.post(invite, data={"email": email}).status_code == 303
    with chain.acting() as session:
        assert len(session.scalars(select(Invitation)).all()) == 1


@pytest.mark.parametrize("where", ["invitation", "desk"])
def test_who_became_a_user_at_that_moment_is_told_so(chain: Chain, kind: str, where: str) -> None:
    email = f"nora@{chain.slug}.example"

    def other_was_first() -> None:
        with chain.app.app_context(), tenancy.crossing():
            users.create(email=email, name="Nora", password=NEW_PASSWORD)
            db.session.commit()

    path, browser = "/platform/operators", desk(chain)
    if where == "invitation":
        chain.office().post("/admin/people", data={"email": email, "place": "admin"})
        with chain.acting() as session:
            token = invitations.token_of(session.scalars(select(Invitation)).one())
        path, browser = f"/invitations/{token}", chain.browser()
    typed = {"email": email, "name": "Nora", "password": NEW_PASSWORD}
    with just_before(chain, kind, "INSERT INTO users", other_was_first):
        answer = browser.post(path, data=typed)
    assert answer.status_code == (422 if kind == POSTGRESQL else 303), answer.text[-2000:]
