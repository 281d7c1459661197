"""Phones register for a pass and are told who they are not: whoever has the pass is told of it, and
nobody else learns that there is one."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.modules.loyalty.wallet import WalletDevice
from app.modules.loyalty.wallet.apple import service
from tests.cast import Chain
from tests.wallet import pki, takes
from tests.wallet.phone import ROOT, Held, InHand, Phone, in_hand


def test_a_phone_is_new_once_and_its_push_token_is_the_last_it_sent(signing: Chain) -> None:
    phone = Phone(signing.app.test_client())
    package = takes.package(signing, signing.card())
    serial = takes.checked(package)["serialNumber"]
    assert takes.row(signing, serial) is None, "a pass nobody registered is kept nowhere"
    held = phone.add(package)
    assert takes.row(signing, serial) is not None
    assert phone.register(held).status_code == 200
    assert phone.register(held, pushToken="another").status_code == 200
    assert [each.push_token for each in takes.devices(signing)] == ["another"]
    assert phone.register(held, pushToken="..").status_code == 400, "it leads elsewhere"
    other = Phone(phone.client)
    other.held = phone.held
    assert other.register(held).status_code == 201
    assert len(takes.devices(signing)) == 2


def test_a_token_that_apns_refused_is_tried_again_when_the_phone_comes_back(
    signing: Chain,
) -> None:
    phone, held = in_hand(signing)
    with signing.acting() as session:
        session.scalars(select(WalletDevice)).one().refused_at = clock.now()
        session.commit()
    phone.register(held)
    assert [each.refused_at for each in takes.devices(signing)] == [None]


def test_of_phones_that_register_at_once_one_is_new(signing: Chain) -> None:
    number = signing.card()
    first = takes.checked(takes.package(signing, number))
    phones = [Phone(signing.app.test_client(), device="same") for _ in range(6)]
    answers: list[int] = []

    def register(phone: Phone) -> None:
        answers.append(phone.register(Held(first)).status_code)

    threads = [threading.Thread(target=register, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 5 + [201]
    assert len(takes.devices(signing)) == 1


def test_the_phone_that_was_silent_for_longest_gives_way(
    signing: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_DEVICES", 2)
    package = takes.package(signing, signing.card())
    for hour in range(3):
        with clock.at(clock.now() + timedelta(hours=hour)):
            Phone(signing.app.test_client(), device=f"phone-{hour}").add(package)
    assert {each.library_id for each in takes.devices(signing)} == {"phone-1", "phone-2"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"pushToken": ""}, 400),
        ({"pushToken": "a" * 201}, 400),
        ({"pushToken": "../../3/device"}, 400),
        ({"pushToken": 7}, 400),
        ([], 400),
        ({"pushToken": "a" * 20_000}, 413),
    ],
)
def test_what_is_no_push_token_is_refused(any_phone: InHand, body: Any, status: int) -> None:
    client, held = any_phone.phone.client, any_phone.held
    path = f"{ROOT}/devices/phone/registrations/{held.pass_type}/{held.serial}"
    headers = {"Authorization": f"ApplePass {held.said['authenticationToken']}"}
    assert client.post(path, json=body, headers=headers).status_code == status


def test_an_unknown_serial_and_a_wrong_token_are_told_alike(signing: Chain) -> None:
    phone, held = in_hand(signing)
    neighbour = in_hand(Chain.open(signing.app))[1]
    company, card, _link = held.serial.split("-")
    said = f"ApplePass {held.said['authenticationToken']}"
    attempts = [
        (held.serial, f"ApplePass {'x' * 43}"),
        (held.serial, ""),
        (held.serial, "ApplePass"),
        (held.serial, "ApplePass é"),
        (held.serial, said.replace("ApplePass", "Bearer")),
        (held.serial, f"ApplePass {neighbour.said['authenticationToken']}"),
        (neighbour.serial, said),
        (f"{company}-{card}-2", said),
        (f"{company}-1-1", said),
        (f"ffff-{card}-1", said),
        (f"{company}-{card}", said),
        ("nonsense", said),
    ]
    told = set()
    for serial, authorization in attempts:
        for method, path in (
            ("GET", f"{ROOT}/passes/{pki.PASS_TYPE}/{serial}"),
            ("POST", f"{ROOT}/devices/d/registrations/{pki.PASS_TYPE}/{serial}"),
            ("DELETE", f"{ROOT}/devices/d/registrations/{pki.PASS_TYPE}/{serial}"),
        ):
            headers = {"Authorization": authorization}
            body = {"json": {"pushToken": "t"}} if method == "POST" else {}
            answer = phone.client.open(path, method=method, headers=headers, **body)
            assert answer.status_code == 401, f"{method} {serial} {authorization}"
            told.add(answer.data)
    assert len(told) == 1
    assert len(takes.devices(signing)) == 1


def test_a_pass_type_that_is_not_the_companys_is_not_known(signing: Chain) -> None:
    phone, held = in_hand(signing)
    held.said["passTypeIdentifier"] = "pass.of.another"
    assert phone.register(held).status_code == 401
    assert phone.get(held).status_code == 401
