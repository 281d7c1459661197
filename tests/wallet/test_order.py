"""Phones that ask while others write hear no fault. SQLite has one writer, who waits for nobody."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from app.modules.loyalty.wallet import WalletPass
from app.modules.loyalty.wallet.apple import service
from tests.cast import Chain
from tests.wallet import pki
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import Phone, in_hand
from tests.wallet.phones import settle

PATIENCE = 10  # seconds, for a thread that ends at once
pytestmark = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


def test_a_phone_that_lists_waits_for_nobody(pushing: Chain, apns: Apns) -> None:
    phone, _held = in_hand(pushing)
    settle(pushing)
    with pushing.acting() as session:
        session.scalars(select(WalletPass).with_for_update()).one()
        answer: list[int] = []
        asking = Phone(pushing.app.test_client(), device=phone.device, held=phone.held)
        other = threading.Thread(
            target=lambda: answer.append(asking.list(pki.PASS_TYPE).status_code)
        )
        other.start()
        other.join(PATIENCE)
        assert answer == [200]
        session.rollback()


def test_a_phone_that_registers_while_it_is_removed_hears_no_fault(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, pass_ = in_hand(pushing)
    removing = Phone(pushing.app.test_client(), device=phone.device, held=dict(phone.held))
    other = threading.Thread(target=lambda: removing.remove(pass_))
    before = service._begin_anew

    def meanwhile(row: Any) -> None:
        other.start()
        other.join(0.2)  # it waits for us
        before(row)

    monkeypatch.setattr(service, "_begin_anew", meanwhile)
    answer = phone.register(pass_, pushToken="f" * 64)
    other.join(PATIENCE)
    assert answer.status_code == 200
