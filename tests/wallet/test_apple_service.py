"""The five calls of the web service, as phones make them: whoever has the pass is told of it, and
nobody else learns that there is one."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, tenancy
from app.extensions import db
from app.modules.loyalty import cards, enrolment, wallet
from app.modules.loyalty.wallet import DeviceLog, WalletDevice
from app.modules.loyalty.wallet.apple import complaints, package, service, signer
from tests.cast import Chain
from tests.wallet import pki, takes
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import Held, Phone
from tests.wallet.phones import settle

BEGAN = datetime.now(UTC).replace(microsecond=250_000)  # certificates know no other time
ROOT = "/wallet/apple/v1"


def _phone(chain: Chain) -> Phone:
    return Phone(chain.app.test_client())


def _added(chain: Chain, number: str = "") -> tuple[Phone, Held]:
    """A phone with the pass of a card, a new one unless it is given."""
    phone = _phone(chain)
    return phone, phone.add(takes.package(chain, number or chain.card()))


def _devices(chain: Chain) -> list[WalletDevice]:
    with chain.acting() as session:
        return list(session.scalars(select(WalletDevice)))


# -- registering ----------------------------------------------------------------------------------


def test_a_phone_is_new_once_and_its_push_token_is_the_last_it_sent(signing: Chain) -> None:
    phone = _phone(signing)
    package = takes.package(signing, signing.card())
    serial = takes.checked(package)["serialNumber"]
    assert takes.row(signing, serial) is None, "a pass nobody registered is kept nowhere"
    held = phone.add(package)
    assert takes.row(signing, serial) is not None
    assert phone.register(held).status_code == 200
    assert phone.register(held, pushToken="another").status_code == 200
    assert [each.push_token for each in _devices(signing)] == ["another"]
    other = Phone(phone.client)
    other.held = phone.held
    assert other.register(held).status_code == 201
    assert len(_devices(signing)) == 2


def test_a_token_that_apns_refused_is_tried_again_when_the_phone_comes_back(
    signing: Chain,
) -> None:
    phone, held = _added(signing)
    with signing.acting() as session:
        session.scalars(select(WalletDevice)).one().refused_at = clock.now()
        session.commit()
    phone.register(held)
    assert [each.refused_at for each in _devices(signing)] == [None]


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
    assert len(_devices(signing)) == 1


def test_the_phone_that_was_silent_for_longest_gives_way(
    signing: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_DEVICES", 2)
    package = takes.package(signing, signing.card())
    for hour in range(3):
        with clock.at(clock.now() + timedelta(hours=hour)):
            Phone(signing.app.test_client(), device=f"phone-{hour}").add(package)
    assert {each.library_id for each in _devices(signing)} == {"phone-1", "phone-2"}


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
def test_what_is_no_push_token_is_refused(signing_held: Held, body: Any, status: int) -> None:
    client, held = signing_held.client, signing_held.held  # type: ignore[attr-defined]
    path = f"{ROOT}/devices/phone/registrations/{held.pass_type}/{held.serial}"
    headers = {"Authorization": f"ApplePass {held.said['authenticationToken']}"}
    assert client.post(path, json=body, headers=headers).status_code == status


@pytest.fixture(scope="module")
def signing_held(signing_app: Flask) -> Any:
    """One phone for all questions that change nothing."""
    from types import SimpleNamespace

    phone, held = _added(Chain.open(signing_app))
    return SimpleNamespace(client=phone.client, phone=phone, held=held)


# -- who is told nothing --------------------------------------------------------------------------


def test_an_unknown_serial_and_a_wrong_token_are_told_alike(signing: Chain) -> None:
    phone, held = _added(signing)
    neighbour = _added(Chain.open(signing.app))[1]
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
    assert len(_devices(signing)) == 1


def test_a_pass_type_that_is_not_the_companys_is_not_known(signing: Chain) -> None:
    phone, held = _added(signing)
    held.said["passTypeIdentifier"] = "pass.of.another"
    assert phone.register(held).status_code == 401
    assert phone.get(held).status_code == 401


# -- listing --------------------------------------------------------------------------------------


def test_a_phone_lists_what_changed_since_its_tag_and_sends_no_token(
    pushing: Chain, apns: Apns
) -> None:
    phone = _phone(pushing)
    numbers = [pushing.card(), pushing.card()]
    first, second = (phone.add(takes.package(pushing, number)) for number in numbers)
    settle(pushing)
    assert set(phone.wake()) == {first.serial, second.serial}
    assert phone.list(pki.PASS_TYPE).status_code == 204
    with clock.at(clock.now() + timedelta(seconds=6)):
        pushing.stamp(numbers[1])
        settle(pushing)
    before = int(phone.tags[pki.PASS_TYPE])
    assert phone.wake() == [second.serial]
    assert int(phone.tags[pki.PASS_TYPE]) > before
    assert second.shown["stamps"] == "1/10"
    assert phone.notices == ["Stamps: 1/10"]


def test_one_tag_serves_the_passes_of_two_companies(pushing: Chain, apns: Apns) -> None:
    neighbour, phone = Chain.open(pushing.app), _phone(pushing)
    own = phone.add(takes.package(pushing, pushing.card()))
    number = neighbour.card()
    theirs = phone.add(takes.package(neighbour, number))
    settle(pushing), settle(neighbour)
    assert set(phone.wake()) == {own.serial, theirs.serial}
    for chain, held in ((pushing, own), (neighbour, theirs)):
        row = takes.row(chain, held.serial)
        assert row
        assert row.listed_at, "each company's own row says so"
        assert row.fetched_tag == row.tag
    with clock.at(clock.now() + timedelta(seconds=6)):
        neighbour.stamp(number)
        settle(neighbour)
    assert phone.wake() == [theirs.serial]


@pytest.mark.parametrize("tag", ["", "abc", "-1", "1.5", "²", "9" * 19, "9" * 40])
def test_what_is_no_tag_lists_everything(signing_held: Any, tag: str) -> None:
    phone, held = signing_held.phone, signing_held.held
    phone.tags[held.pass_type] = tag
    told = phone.list(held.pass_type)
    assert told.status_code == 200 if tag != "9" * 19 else 204
    if told.status_code == 200:
        assert told.get_json()["serialNumbers"] == [held.serial]
        assert told.get_json()["lastUpdated"].isdecimal()


def test_a_phone_that_nobody_knows_is_told_of_nothing_and_never_turned_away(
    signing_held: Any,
) -> None:
    for path in (
        f"{ROOT}/devices/unknown/registrations/{pki.PASS_TYPE}",
        f"{ROOT}/devices/{signing_held.phone.device}/registrations/pass.of.another",
    ):
        answer = signing_held.client.get(path, headers={"Authorization": "ApplePass nonsense"})
        assert (answer.status_code, answer.data) == (204, b"")


# -- fetching -------------------------------------------------------------------------------------


def test_two_changes_within_one_second_are_both_fetched(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    phone, held = _added(pushing, number)
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
    phone, held = _added(pushing)
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
    phone, held = _added(pushing)
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
        phone, held = _added(pushing)
        first = parsedate_to_datetime(phone.fetch(held).headers["Last-Modified"])
        settle(pushing)
        assert first < parsedate_to_datetime(phone.fetch(held).headers["Last-Modified"])


def test_a_change_between_download_and_registration_is_pushed(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    _added(pushing, number)  # on another phone, before
    settle(pushing)
    late = _phone(pushing)
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


# -- the end --------------------------------------------------------------------------------------


def test_when_the_last_phone_has_gone_nothing_is_pushed(pushing: Chain, apns: Apns) -> None:
    number = pushing.card()
    phone, held = _added(pushing, number)
    settle(pushing)
    apns.forget()
    assert phone.remove(held).status_code == 200
    phone.held[held.serial] = held
    assert phone.remove(held).status_code == 200, "and once more"
    with clock.at(clock.now() + timedelta(seconds=6)):
        pushing.stamp(number)
        settle(pushing)
    assert apns.tokens() == []
    assert _devices(pushing) == []


@pytest.mark.parametrize("how", ["left", "replaced", "erased"])
def test_the_pass_of_a_card_that_is_gone_becomes_void_empty_and_silent(
    pushing: Chain, apns: Apns, how: str
) -> None:
    number = pushing.card(email=f"gone@{pushing.slug}.example", first_name="Anouk")
    pushing.stamp(number)
    phone, held = _added(pushing, number)
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
    from app.modules.loyalty import merging

    kept, other = pushing.card(), pushing.card()
    phone, held = _added(pushing, other)
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


# -- credentials and keys that change -------------------------------------------------------------


def test_a_phone_keeps_its_pass_type_when_the_company_brings_its_own(signing: Chain) -> None:
    number = signing.card()
    phone, held = _added(signing, number)
    own = pki.authority().issue(pass_type="pass.example.own", team="OWNTEAM123")
    with signing.acting() as session:
        told = pki.told(own)
        wallet.channels.keep(wallet.APPLE, told, identifier="pass.example.own", by=None)
        session.commit()
    signing.stamp(number)
    assert phone.fetch(held).status_code == 200
    assert (held.pass_type, held.shown["stamps"]) == (pki.PASS_TYPE, "1/10")
    assert takes.told(signing, number)["teamIdentifier"] == "OWNTEAM123"


def test_credentials_that_do_not_open_ask_phones_to_come_back(signing: Chain) -> None:
    phone, held = _added(signing)
    with signing.acting() as session:
        row = wallet.channels.keep(wallet.APPLE, pki.told(), identifier="pass.own", by=None)
        row.sealed = b"\x01" + b"0" * 60
        session.commit()
    held.said["passTypeIdentifier"] = "pass.own"
    assert phone.get(held).status_code == 503


def test_a_pass_outlives_a_rotation_of_the_key_behind_its_token(
    signing: Chain, folder: Any, apple_files: dict[str, str]
) -> None:
    from tests.conftest import dispose, make_app
    from tests.wallet.conftest import PUBLIC_URL

    number = signing.card()
    _phone_before, held = _added(signing, number)
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


# -- complaints -----------------------------------------------------------------------------------


def _complaints(chain: Chain) -> list[DeviceLog]:
    with chain.app.app_context(), tenancy.crossing():
        rows = db.session.scalars(select(DeviceLog).order_by(DeviceLog.id)).all()
        db.session.expunge_all()
        return list(rows)


def test_a_complaint_is_kept_for_the_company_whose_serial_it_names(signing: Chain) -> None:
    phone, held = _added(signing)
    company, _card, link = held.serial.split("-")
    said = [
        f"[2031] Get pass task (pass type x, serial number {held.serial}): 500",
        f"a serial that is no card's: {company}-1-{link}",
        "line one\nline two\7" + "x" * 900,
        "",
        7,
        {"not": "a line"},
    ]
    before = len(_complaints(signing))
    assert phone.client.post(f"{ROOT}/log", json={"logs": said}).status_code == 200
    kept = _complaints(signing)[before:]
    assert [each.of_company for each in kept] == [signing.company_id, None, None]
    assert kept[2].message.startswith("line one line two x")
    assert len(kept[2].message) == complaints.LONGEST


@pytest.mark.parametrize(
    ("body", "status"),
    [({"logs": "x"}, 200), ({}, 200), ([], 400), ({"logs": ["x" * 20_000]}, 413)],
)
def test_a_complaint_that_is_none_does_no_harm(signing_held: Any, body: Any, status: int) -> None:
    assert signing_held.client.post(f"{ROOT}/log", json=body).status_code == status


def test_only_the_newest_complaints_are_kept_and_a_few_at_a_time(
    signing: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaints, "KEPT", 5)
    client = signing.app.test_client()
    client.post(f"{ROOT}/log", json={"logs": ["old"] * 3})
    client.post(f"{ROOT}/log", json={"logs": [f"new {n}" for n in range(40)]})
    kept = [each.message for each in _complaints(signing)]
    assert kept == [f"new {n}" for n in range(complaints.MOST_AT_ONCE - 5, complaints.MOST_AT_ONCE)]
