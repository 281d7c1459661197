"""Merging in the hands of somebody who means harm, and at the limits of what a line can hold."""

import dataclasses
from collections.abc import Iterator

import pytest

from app import verify
from app.accounts.actors import Actor
from app.errors import NotFound
from app.extensions import db
from app.modules.loyalty import adjustments, cards, enrolment, merging
from tests.cast import Chain

OFFICE = Actor("user:1", user_id=1)
REASON = "Two cards, one person"


@pytest.fixture
def shop(chain: Chain) -> Iterator[Chain]:
    """A chain with points and stamps without limits; verify is clean in the end."""
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0, max_daily_stamps=None)
    yield chain
    with chain.app.app_context():
        assert list(verify.breaches(chain.company_id)) == []


def merge(shop: Chain, source: str, target: str) -> None:
    with shop.acting():
        merging.merge(source, target, by=OFFICE, reason=REASON)
        db.session.commit()


def secret_of(shop: Chain, number: str) -> str:
    with shop.acting():
        return cards.link_secret(cards.find(number))


def opened_by(shop: Chain, secret: str) -> str | None:
    with shop.acting():
        try:
            return cards.by_secret(secret).number
        except NotFound:
            return None


def test_taking_apart_opens_no_card_of_an_erased_person(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    shop.stamp(source, 3)
    merge(shop, source, target)
    with shop.acting():
        enrolment.erase(cards.find(target))
        db.session.commit()
    with shop.acting(), pytest.raises(NotFound):
        merging.unmerge(source, target, by=OFFICE, reason=REASON)
    assert shop.card_row(source).status == "closed"


def test_a_card_is_taken_apart_on_the_page_of_its_own_survivor_alone(shop: Chain) -> None:
    source, target, other = shop.card(), shop.card(), shop.card()
    merge(shop, source, target)
    form = {"other": source, "reason": REASON, "key": "apart"}
    assert shop.office().post(f"/admin/cards/{other}/merge/undo", data=form).status_code == 404
    assert shop.card_row(source).status == "closed"
    assert shop.office().post(f"/admin/cards/{target}/merge/undo", data=form).status_code == 303
    assert shop.card_row(source).status == "active"


def test_replacing_the_surviving_card_ends_the_links_of_the_merged_ones(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    old = secret_of(shop, source)
    merge(shop, source, target)
    assert opened_by(shop, old) == target
    with shop.acting():
        cards.replace(cards.find(target), by=OFFICE)
        db.session.commit()
    assert opened_by(shop, old) is None


def test_the_link_of_a_card_that_was_blocked_does_not_open_the_one_it_went_to(shop: Chain) -> None:
    lost, target = shop.card(), shop.card()
    stolen = secret_of(shop, lost)
    with shop.acting():
        cards.block(cards.find(lost), True, by=OFFICE)
        db.session.commit()
    merge(shop, lost, target)
    assert opened_by(shop, stolen) is None


def test_more_stamps_than_a_line_holds_are_not_merged(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    for _ in range(11):
        shop.stamp(source, 100)
    office = shop.office()
    seen = office.get(f"/admin/cards/{target}/merge?other={source}")
    form = {"other": source, "reason": REASON, "key": "together"}
    done = office.post(f"/admin/cards/{target}/merge", data=form)
    assert (seen.status_code, done.status_code) == (409, 409)
    assert "1,000 stamps" in done.text
    assert shop.card_row(source).stamps_balance == 1_100
    with shop.acting(), pytest.raises(merging.TooMuch):
        merging.merge(source, target, by=OFFICE, reason=REASON)


def test_more_points_than_a_line_holds_are_not_merged(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    for _ in range(2):
        with shop.acting():
            adjustments.adjust(source, 10**9, "All of it", by=OFFICE, attempt=None)
            db.session.commit()
    with shop.acting(), pytest.raises(merging.TooMuch):
        merging.merge(source, target, by=OFFICE, reason=REASON)
    by = dataclasses.replace(OFFICE)
    with shop.acting():
        adjustments.adjust(source, -(10**9), "Half of it", by=by, attempt=None)
        db.session.commit()
    merge(shop, source, target)
    assert shop.card_row(target).points_balance == 10**9
