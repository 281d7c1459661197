"""The pass as it is now, as of a moment that only goes on; nothing where nothing changed."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.modules.loyalty import wallet
from app.modules.loyalty.wallet.apple import package, service, signer
from tests.cast import Chain
from tests.wallet import pki, takes
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import Phone, in_hand
from tests.wallet.phones import settle

BEGAN = datetime.now(UTC).replace(microsecond=250_000)  # certificates know no other time


def test_two_changes_within_one_second_are_both_fetched(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    phone, held = in_hand(pushing, number)
    moments = []
    with clock.at(BEGAN):
        settle(pushing)
        phone.wake()
    with clock.at(BEGAN + timedelta(seconds=10)):
        for _ in range(2):
            pushing.publish(cooldown_minutes=0, max_daily_stamps=None)
            pushing.stamp(number)
            with pushing.acting() as session:  # the window would keep the second one back
                row = session.scalars(select(wallet.WalletPass)).one()
                row.rest_until = None
                row.due_at = row.due_at and clock.now()
                session.commit()
            settle(pushing)
            phone.wake()
            moments.append(parsedate_to_datetime(held.modified or ""))
    assert held.shown["stamps"] == "2/10"
    assert moments[0] < moments[1], "else the second answers 304 and is lost"


def test_what_the_phone_has_is_304_and_touches_neither_card_nor_key(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, held = in_hand(pushing)
    settle(pushing)
    phone.wake()

    def never(*_given: Any) -> Any:
        raise AssertionError("rendered or signed for nothing")

    for module, name in ((signer, "signer"), (package, "made"), (service, "_face")):
        monkeypatch.setattr(module, name, never)
    monkeypatch.setattr(wallet.channels, "all_apple", never)
    answer = phone.get(held)
    assert (answer.status_code, answer.data) == (304, b"")
    assert phone.list(pki.PASS_TYPE).status_code == 204
    assert phone.get(held, "HEAD").status_code == 304


def test_a_head_says_when_and_signs_nothing(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, held = in_hand(pushing)
    settle(pushing)
    whole = phone.get(held)
    monkeypatch.setattr(package, "made", None)
    answer = phone.get(held, "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")
    for name in ("Last-Modified", "Content-Type", "Cache-Control"):
        assert answer.headers[name] == whole.headers[name]


def test_a_pass_that_was_not_synced_yet_is_older_than_whatever_a_sync_will_say(
    pushing: Chain, apns: Apns
) -> None:
    with clock.at(BEGAN):
        phone, held = in_hand(pushing)
        first = parsedate_to_datetime(phone.fetch(held).headers["Last-Modified"])
        settle(pushing)
        assert first < parsedate_to_datetime(phone.fetch(held).headers["Last-Modified"])


def test_a_change_between_download_and_registration_is_pushed(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    in_hand(pushing, number)  # on another phone, before
    settle(pushing)
    late = Phone(pushing.app.test_client())
    taken = takes.package(pushing, number)
    with clock.at(clock.now() + timedelta(seconds=6)):
        pushing.stamp(number)
        settle(pushing)
    tag = max(each.tag or 0 for each in [takes.row(pushing, takes.checked(taken)["serialNumber"])])
    late.tags[pki.PASS_TYPE] = str(tag)  # it listed other passes meanwhile
    held = late.add(taken)
    with clock.at(clock.now() + timedelta(seconds=12)):
        settle(pushing)
        assert late.push_token in apns.tokens()
        late.wake()
    assert held.shown["stamps"] == "1/10"


def test_what_was_fetched_is_what_the_row_told_of_and_not_what_came_meanwhile(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody would push the newer one again."""
    number = pushing.card()
    phone, held = in_hand(pushing, number)
    settle(pushing)
    before = takes.row(pushing, held.serial)
    making = package.made

    def meanwhile() -> None:
        with clock.at(clock.now() + timedelta(seconds=6)):
            pushing.stamp(number)
            settle(pushing)

    def slowly(*face: Any, **told: Any) -> bytes:
        other = threading.Thread(target=meanwhile)
        other.start()
        other.join()
        return making(*face, **told)

    monkeypatch.setattr(package, "made", slowly)
    phone.fetch(held)
    monkeypatch.undo()
    after = takes.row(pushing, held.serial)
    assert before
    assert after
    assert (after.tag or 0) > (before.tag or 0)
    assert after.fetched_tag == before.tag
    phone.fetch(held)
    assert held.shown["stamps"] == "1/10"
