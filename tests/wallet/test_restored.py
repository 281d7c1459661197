"""A database that is put back to an earlier day leaves no phone with what it was told since."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app import clock
from app.modules.loyalty.wallet import WalletClock, WalletPass, marking
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import in_hand
from tests.wallet.phones import settle

MINUTE = timedelta(minutes=1)


@pytest.fixture
def pushing(
    kind: str,
    databases: Databases,
    templates: Callable[[str], str],
    tmp_path: Path,
    pushing_variables: dict[str, str],
) -> Iterator[Chain]:
    """A company on a database whose tags no test's fast clock has moved on, and alone in it."""
    url = databases.create(kind, like=templates(kind))
    made = make_app(url, tmp_path, **pushing_variables)
    yield Chain.open(made)
    dispose(made)


def _put_back(chain: Chain) -> None:
    """As a backup of an hour ago would have it: the phone knows a later tag and moment."""
    with chain.acting() as session:
        earlier = clock.now().replace(microsecond=0) - timedelta(hours=1)
        session.execute(update(WalletPass).values(tag=WalletPass.tag - 9, modified_at=earlier))
        session.execute(update(WalletPass).values(sent_tag=WalletPass.tag, rest_until=None))
        session.execute(update(WalletClock).values(tag=WalletClock.tag - 9))
        session.commit()


def test_what_changes_after_a_restore_is_listed_and_fetched(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    phone, held = in_hand(pushing, number)
    settle(pushing)
    phone.wake()
    _put_back(pushing)
    with clock.at(clock.now() + MINUTE):
        pushing.stamp(number)
        settle(pushing)
        phone.wake()
    assert held.shown["stamps"] == "1/10"


def test_what_a_restore_took_back_is_taken_back_in_phones(pushing: Chain, apns: Apns) -> None:
    phone, held = in_hand(pushing)
    settle(pushing)
    phone.wake()
    held.said["storeCard"]["headerFields"][0]["value"] = "1/10"  # since the backup
    _put_back(pushing)
    apns.forget()
    with pushing.acting() as session:
        marking.of_restored()
        session.commit()
    with clock.at(clock.now() + MINUTE):
        settle(pushing)
        assert apns.tokens() == [phone.push_token]
        phone.wake()
    assert held.shown["stamps"] == "0/10"
