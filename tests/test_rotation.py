"""A rotated pepper: what proves itself is hashed anew, and then needs the newest one alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app import create_app, tenancy
from app.accounts import staff, terminals, users
from app.accounts.staff import PinInvalid, StaffPin
from app.errors import Unauthenticated
from app.extensions import db
from config import Settings
from tests import servers
from tests.cast import PASSWORD, PIN, Chain
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
