"""What is kept from whom: files from other users of the machine, addresses from strangers."""

import fcntl
import stat
import time
from pathlib import Path

import pytest
from flask import Flask

from app import tenancy
from app.accounts import users
from app.cli.demo import one_at_a_time
from app.errors import Unauthenticated
from tests.conftest import dispose, make_app
from tests.servers import SQLITE, Databases


@pytest.fixture
def rotated(databases: Databases, folder: Path, tmp_path: Path) -> Flask:
    """An application whose first pepper is gone, in a folder that was not there before."""
    pepper = "2:tests-only-5c7d9b1f3a2e4860-second-pepper"
    return make_app(databases.create(SQLITE), tmp_path / "new", PIN_PEPPER=pepper)


def test_what_the_instance_keeps_is_its_owners_alone(rotated: Flask) -> None:
    mode = Path(rotated.instance_path).stat().st_mode
    assert stat.S_IMODE(mode) == 0o700
    dispose(rotated)


def test_an_address_that_can_be_none_takes_as_long_as_a_wrong_password(rotated: Flask) -> None:
    """Also after the pepper was changed: without its hash the answer comes in a millisecond."""
    began = time.perf_counter()
    with rotated.app_context(), tenancy.crossing(), pytest.raises(Unauthenticated):
        users.sign_in("no address", "not this one")
    assert time.perf_counter() - began > 0.03
    dispose(rotated)


def test_one_demo_begins_at_a_time(rotated: Flask) -> None:
    with rotated.app_context(), one_at_a_time():
        kept = Path(rotated.instance_path) / "demo.lock"
        with kept.open("w") as second, pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    dispose(rotated)
