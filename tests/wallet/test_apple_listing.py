"""Which passes changed: a phone says no name, and learns of its own passes alone."""

from datetime import timedelta

import pytest

from app import clock
from tests.cast import Chain
from tests.wallet import pki, takes
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import ROOT, InHand, Phone
from tests.wallet.phones import settle


def test_C16_after_a_stamp_the_phone_lists_its_pass_by_the_tag_and_shows_the_new_number(
    pushing: Chain, apns: Apns
) -> None:
    phone = Phone(pushing.app.test_client())
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
    neighbour, phone = Chain.open(pushing.app), Phone(pushing.app.test_client())
    own = phone.add(takes.package(pushing, pushing.card()))
    number = neighbour.card()
    theirs = phone.add(takes.package(neighbour, number))
    for chain in (pushing, neighbour):
        settle(chain)
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
def test_what_is_no_tag_lists_everything(any_phone: InHand, tag: str) -> None:
    phone, held = any_phone.phone, any_phone.held
    phone.tags[held.pass_type] = tag
    told = phone.list(held.pass_type)
    assert told.status_code == 200
    assert told.get_json()["serialNumbers"] == [held.serial]
    assert told.get_json()["lastUpdated"].isdecimal()


def test_a_phone_that_nobody_knows_is_told_of_nothing_and_never_turned_away(
    any_phone: InHand,
) -> None:
    for path in (
        f"{ROOT}/devices/unknown/registrations/{pki.PASS_TYPE}",
        f"{ROOT}/devices/{any_phone.phone.device}/registrations/pass.of.another",
    ):
        answer = any_phone.phone.client.get(path, headers={"Authorization": "ApplePass nonsense"})
        assert (answer.status_code, answer.data) == (204, b"")
