"""Passes that end, and passes that outlive what they were made with."""

from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.modules.loyalty import cards, enrolment, merging, wallet
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.wallet import pki, takes
from tests.wallet.conftest import PUBLIC_URL
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import Phone, in_hand
from tests.wallet.phones import settle


def test_when_the_last_phone_has_gone_nothing_is_pushed(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    phone, held = in_hand(pushing, number)
    settle(pushing)
    apns.forget()
    assert phone.remove(held).status_code == 200
    phone.held[held.serial] = held
    assert phone.remove(held).status_code == 200, "and once more"
    with clock.at(clock.now() + timedelta(seconds=6)):
        pushing.stamp(number)
        settle(pushing)
    assert apns.tokens() == []
    assert takes.devices(pushing) == []


@pytest.mark.parametrize("how", ["left", "replaced", "erased"])
def test_the_pass_of_a_card_that_is_gone_becomes_void_empty_and_silent(
    pushing: Chain, apns: Apns, how: str
) -> None:
    number = pushing.card(email=f"gone@{pushing.slug}.example", first_name="Anouk")
    pushing.stamp(number)
    phone, held = in_hand(pushing, number)
    settle(pushing)
    phone.wake()
    apns.forget()
    with pushing.acting() as session:
        card = cards.find(number)
        if how == "left":
            enrolment.leave(card)
        elif how == "replaced":
            cards.replace(card, by=pushing.actor)
        else:
            enrolment.erase(card)
        session.commit()
    with clock.at(clock.now() + timedelta(seconds=6)):
        settle(pushing)
        assert apns.tokens() == [phone.push_token]
        assert phone.wake() == [held.serial]
    assert held.said["voided"] is True
    assert not held.asks
    assert "authenticationToken" not in held.said
    assert "barcodes" not in held.said
    assert "Anouk" not in str(held.said)
    assert list(held.shown) == ["ended"]


def test_the_pass_of_a_merged_card_shows_the_card_that_has_everything(
    pushing: Chain, apns: Apns
) -> None:
    kept, other = pushing.card(), pushing.card()
    phone, held = in_hand(pushing, other)
    settle(pushing)
    phone.wake()
    pushing.stamp(other)
    with pushing.acting() as session:
        merging.merge(other, kept, reason="twice", by=pushing.actor)
        session.commit()
    with clock.at(clock.now() + timedelta(seconds=6)):
        settle(pushing)
        phone.wake()
    assert held.shown["stamps"] == "1/10"
    assert held.said["barcodes"][0]["message"] == kept
    assert held.asks


def test_a_phone_keeps_its_pass_type_when_the_company_brings_its_own(
    pushing: Chain, apns: Apns
) -> None:
    number = pushing.card()
    phone, held = in_hand(pushing, number)
    settle(pushing)
    phone.wake()
    own = pki.authority().issue(pass_type="pass.example.own", team="OWNTEAM123")
    with pushing.acting() as session:
        told = pki.told(own)
        wallet.channels.keep(wallet.APPLE, told, identifier="pass.example.own", by=None)
        session.commit()
    apns.forget()
    with clock.at(clock.now() + timedelta(seconds=6)):
        pushing.stamp(number)
        settle(pushing)
        assert [(push.token, push.topic) for push in apns.pushes] == [
            (phone.push_token, pki.PASS_TYPE)
        ]
        phone.wake()
    assert (held.pass_type, held.shown["stamps"]) == (pki.PASS_TYPE, "1/10")
    assert takes.told(pushing, number)["teamIdentifier"] == "OWNTEAM123"


def test_credentials_that_do_not_open_ask_phones_to_come_back(signing: Chain) -> None:
    phone, held = in_hand(signing)
    with signing.acting() as session:
        row = wallet.channels.keep(wallet.APPLE, pki.told(), identifier="pass.own", by=None)
        row.sealed = b"\x01" + b"0" * 60
        session.commit()
    held.said["passTypeIdentifier"] = "pass.own"
    assert phone.get(held).status_code == 503


def test_a_pass_outlives_a_rotation_of_the_key_behind_its_token(
    signing: Chain, folder: Path, apple_files: dict[str, str]
) -> None:
    number = signing.card()
    _phone_before, held = in_hand(signing, number)
    settings = signing.app.config["SETTINGS"]
    keys = f"2:tests-only-newer-field-key-0123456789ab,1:{settings.field_key.secret().decode()}"
    later = make_app(
        settings.database_url,
        folder / "rotated",
        PUBLIC_URL=PUBLIC_URL,
        FIELD_KEY=keys,
        **apple_files,
    )
    try:
        phone = Phone(later.test_client(), held={held.serial: held})
        before = held.said["authenticationToken"]
        assert phone.fetch(held).status_code == 200
        assert held.said["authenticationToken"] == before
    finally:
        dispose(later)
