"""Secrets are rotated without anybody noticing: the drill of docs/operations.md, one by one.

A rotated pepper: what proves itself is hashed anew, and then needs the newest one alone. A rotated
FIELD_KEY: old lines prove themselves by the old version, new ones chain on. A rotated SECRET_KEY:
who is signed in stays so, and links that were sent still open, for as long as the old one is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from app import create_app, tenancy, verify
from app.accounts import staff, terminals, users
from app.accounts.staff import PinInvalid, StaffPin
from app.errors import Unauthenticated
from app.extensions import db
from app.modules.loyalty import cards, enrolment
from config import Settings
from tests import servers
from tests.cast import PASSWORD, PIN, Browser, Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases

OLD = "tests-only-93ac5f17d2e8460b-pin-pepper"
NEW = "tests-only-1f0b7c55e9d24a83-pin-pepper-two"


@pytest.mark.parametrize("proves", [True, False])
def test_what_proved_itself_under_both_peppers_needs_the_new_one_alone(
    kind: str,
    databases: Databases,
    templates: Callable[[str], str],
    tmp_path: Path,
    proves: bool,
) -> None:
    url = databases.create(kind, like=templates(kind))

    def with_pepper(pepper: str) -> Chain:
        environ = servers.environment(url, tmp_path / "instance", PIN_PEPPER=pepper)
        application = create_app(Settings.read(environ))
        return Chain(**{**vars(chain), "app": application})

    chain = Chain.open(make_app(url, tmp_path))
    both = with_pepper(f"2:{NEW},1:{OLD}")
    if proves:
        _prove(both)
    later = with_pepper(f"2:{NEW}")
    if proves:
        _prove(later)
        with later.acting() as session:
            versions = session.scalars(
                select(StaffPin.pepper_version).where(StaffPin.staff_id == later.staff.staff_id)
            ).all()
        assert versions == [2]
    else:
        with pytest.raises((PinInvalid, Unauthenticated)):
            _prove(later)
    for one in (chain, both, later):
        dispose(one.app)


def _prove(chain: Chain) -> None:
    with chain.acting() as session:
        assert chain.staff.staff_id
        member = staff.find(chain.staff.staff_id)
        staff.unlock(terminals.find(chain.terminal_id), member, PIN)
        session.commit()
    with chain.app.app_context(), tenancy.crossing():
        users.sign_in(chain.admin.email, PASSWORD)
        db.session.rollback()


FIELD_OLD = "tests-only-7f20e6b94d1c8a35-field-key"
FIELD_NEW = "tests-only-c40b8d1f6e7a2935-field-key-two"
SECRET_OLD = "tests-only-4b1d8c5e0f2a7396-secret-key"
SECRET_NEW = "tests-only-e81f4a6c93b20d57-secret-key-two"


@contextmanager
def rotated(chain: Chain, folder: Path, **ring: str) -> Iterator[Chain]:
    """The same chain on the same database, in an installation that was restarted with this ring."""
    url = chain.app.config["SETTINGS"].database_url
    application = make_app(url, folder, **ring)
    try:
        yield Chain(**{**vars(chain), "app": application})
    finally:
        dispose(application)


def breaches(chain: Chain) -> set[str]:
    with chain.app.app_context():
        return {breach.invariant for breach in verify.breaches(chain.company_id)}


def test_old_lines_prove_themselves_and_new_ones_chain_on(chain: Chain, folder: Path) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    chain.stamp(number)
    with rotated(chain, folder, FIELD_KEY=f"2:{FIELD_NEW},1:{FIELD_OLD}") as both:
        assert breaches(both) == set()
        both.stamp(number)
        both.publish(stamps_target=7)  # the administrative chain goes on, too
        assert [line.key_version for line in both.lines(number)] == [1, 2]
        assert breaches(both) == set()
    with rotated(chain, folder, FIELD_KEY=f"2:{FIELD_NEW}") as without:
        assert {"chain", "audit"} <= breaches(without)  # told, and no crash: put it back
    with rotated(chain, folder, FIELD_KEY=f"3:{SECRET_NEW},2:{FIELD_NEW},1:{FIELD_OLD}") as third:
        assert breaches(third) == set()


def test_who_is_signed_in_stays_so_and_links_that_were_sent_still_open(
    chain: Chain, folder: Path
) -> None:
    number = chain.card()
    with chain.acting():
        sent = enrolment.card_path(chain.slug, cards.find(number))
    till, office = chain.terminal(), chain.office()
    assert till.get("/terminal/").status_code == 200
    with rotated(chain, folder, SECRET_KEY=f"2:{SECRET_NEW},1:{SECRET_OLD}") as both:
        moved = at_the_same_browser(both, till)
        assert moved.get("/terminal/").status_code == 200
        assert at_the_same_browser(both, office).get("/admin/").status_code == 200
        assert both.browser().get(sent).status_code == 200
        with both.acting():
            sent_now = enrolment.card_path(both.slug, cards.find(number))
        assert sent_now != sent
    with rotated(chain, folder, SECRET_KEY=f"2:{SECRET_NEW}") as later:
        # The old version is gone: its links are dead, and whoever has moved over stays.
        assert later.browser().get(sent).status_code == 404
        assert later.browser().get(sent_now).status_code == 200
        assert at_the_same_browser(later, moved).get("/terminal/").status_code == 200
        assert at_the_same_browser(later, office).get("/admin/").status_code == 200


def at_the_same_browser(chain: Chain, before: Browser) -> Browser:
    """A browser with the same cookies."""
    browser = chain.browser()
    for name in ("session", "user", "terminal", "staff"):
        if cookie := before.get_cookie(name):
            browser.set_cookie(name, cookie.value)
    return browser
