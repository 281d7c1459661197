"""Through whatever Google answers, every card there ends up right, and nothing is sent in vain."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.modules.loyalty import cards, enrolment
from app.modules.loyalty.wallet import GOOGLE, channels, doctor, google, passes
from app.modules.loyalty.wallet.credentials import FAULT, OK, WARNING
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.wallet.fakes.google import RESET, SILENCE, Account, FakeGoogle
from tests.wallet.googles import joined, pass_row, reaching, take
from tests.wallet.phones import settle


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, passes and companies are in the way."""
    return quiet_app


RULES: dict[str, Any] = {"loyalty_type": "stamps", "stamps_target": 2, "cooldown_minutes": 0}
RULES |= {"max_daily_stamps": None, "stamps_reward_name": "A cup"}

# Where no row is at stake, one database has said enough.
once = pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")


@pytest.fixture(scope="module")
def _served(app: Flask) -> Iterator[FakeGoogle]:
    with FakeGoogle().running() as made, reaching(app, made):
        yield made


@pytest.fixture
def fake(_served: FakeGoogle) -> FakeGoogle:
    """Nothing known, nothing planned."""
    _served.forget()
    return _served


@pytest.fixture
def account(fake: FakeGoogle) -> Account:
    return fake.account(fake.issuer)


@pytest.fixture
def shop(chain: Chain, account: Account) -> Chain:
    """A company with an account of its own."""
    chain.publish(**RULES)
    joined(chain, account, issuer=account.issuers[0])
    return chain


def later(seconds: float) -> Any:
    return clock.at(clock.now() + timedelta(seconds=seconds))


def taken(shop: Chain) -> tuple[str, str]:
    """`(number, serial)` of a card that Google knows."""
    number = shop.card(email=f"anouk@{shop.slug}.example", first_name="Anouk")
    serial = take(shop, number)
    settle(shop)
    return number, serial


def points(fake: FakeGoogle, serial: str) -> str:
    told: str = fake.objects[f"{fake.issuer}.{serial}"]["loyaltyPoints"]["balance"]["string"]
    return told


@once
def test_the_class_comes_first_and_the_object_after(shop: Chain, fake: FakeGoogle) -> None:
    _number, serial = taken(shop)
    assert [(c.method, c.path, c.status) for c in fake.calls] == [
        ("POST", "/loyaltyClass", 200),
        ("POST", "/loyaltyObject", 200),
    ]
    row = pass_row(shop, serial)
    assert (row.due_at, row.fault, row.sent_tag) == (None, None, row.tag)
    assert fake.objects[f"{fake.issuer}.{serial}"]["accountName"] == "Anouk"
    assert points(fake, serial) == "0/2"
    (made,) = fake.classes.values()
    assert made["callbackOptions"]["url"].endswith("/wallet/google/callback")
    assert f"/s/{shop.slug}/media/" in made["programLogo"]["sourceUri"]["uri"]


def test_five_changes_are_one_patch(shop: Chain, fake: FakeGoogle) -> None:
    number, serial = taken(shop)
    with later(10):
        for _ in range(5):
            shop.stamp(number)
        settle(shop)
    assert len(fake.asked("PATCH")) == 1
    assert points(fake, serial) == "5/2"


@once
def test_what_looks_the_same_is_not_sent(shop: Chain, fake: FakeGoogle) -> None:
    number, serial = taken(shop)
    before = len(fake.calls)
    with later(10):
        shop.api.post(f"/cards/{number}/block", {})
        shop.api.post(f"/cards/{number}/unblock", {})
        settle(shop)
    row = pass_row(shop, serial)
    assert row.wanted > 1
    assert row.due_at is None
    assert len(fake.calls) == before


def test_whatever_google_answers_the_card_ends_up_right(
    shop: Chain, fake: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, serial = taken(shop)
    start = clock.now()
    for told, answer in enumerate((404, 409, 410, 429, 500, 503, RESET, SILENCE), 1):
        with httpx2.Client(timeout=0.1 if answer == SILENCE else 5) as http:
            monkeypatch.setattr(google.client, "http", lambda client=http: client)
            with clock.at(start + timedelta(minutes=2 * told)):
                shop.stamp(number)
                fake.then(answer)
                settle(shop)
            fake.release.set()
            row = pass_row(shop, serial)
            assert (row.fault is None) == (answer in (404, 410)), answer
            if row.fault:
                assert (row.sent_tag == row.tag, row.attempts) == (False, 1), answer
                assert row.due_at, answer
            with clock.at(start + timedelta(minutes=2 * told + 1)):
                settle(shop)
        row = pass_row(shop, serial)
        assert (row.fault, row.due_at, row.attempts) == (None, None, 0), answer
        assert row.sent_tag == row.tag, answer
        assert points(fake, serial) == f"{told}/2", answer


@once
def test_it_comes_back_when_google_says(shop: Chain, fake: FakeGoogle) -> None:
    number, serial = taken(shop)
    with later(10):
        shop.stamp(number)
        fake.then(429, Retry_After="100")
        settle(shop)
        due = pass_row(shop, serial).due_at
        assert due
        assert timedelta(seconds=99) <= due - clock.now() <= timedelta(seconds=101)


def test_what_is_refused_is_shown_and_not_tried_until_the_card_changes(
    shop: Chain, fake: FakeGoogle
) -> None:
    number, serial = taken(shop)
    with later(10):
        shop.stamp(number)
        fake.then(400)
        settle(shop)
    row = pass_row(shop, serial)
    assert (row.due_at, row.fault) == (None, "400 INVALID_ARGUMENT")
    asked = len(fake.calls)
    with later(86_400):
        settle(shop)
        assert len(fake.calls) == asked
        shop.stamp(number)
        settle(shop)
    assert pass_row(shop, serial).fault is None
    assert points(fake, serial) == "2/2"


@once
def test_an_object_that_is_there_already_is_patched(shop: Chain, fake: FakeGoogle) -> None:
    number = shop.card()
    serial = take(shop, number)
    fake.objects[f"{fake.issuer}.{serial}"] = {"id": f"{fake.issuer}.{serial}"}
    settle(shop)
    assert [call.status for call in fake.asked("POST", "Object")] == [409]
    assert points(fake, serial) == "0/2"


@once
def test_a_class_that_is_there_already_is_patched(
    shop: Chain, fake: FakeGoogle, account: Account
) -> None:
    """As when a company is given its credentials a second time."""
    number, serial = taken(shop)
    joined(shop, account, issuer=fake.issuer)
    with later(10):
        shop.stamp(number)
        settle(shop)
    assert [call.status for call in fake.asked("POST", "Class")] == [200, 409]
    assert [call.status for call in fake.asked("PATCH", "Class")] == [200]
    assert points(fake, serial) == "1/2"


@once
def test_an_object_that_google_lost_is_made_anew(shop: Chain, fake: FakeGoogle) -> None:
    number, serial = taken(shop)
    fake.objects.clear()
    with later(10):
        shop.stamp(number)
        settle(shop)
    assert points(fake, serial) == "1/2"


def test_a_dead_credential_stops_its_company_alone(
    shop: Chain, other_chain: Chain, fake: FakeGoogle, account: Account
) -> None:
    other_chain.publish(**RULES)
    theirs = fake.account("4499")
    joined(other_chain, theirs, issuer="4499")
    mine, other = taken(shop), taken(other_chain)
    account.alive = False
    account.tokens.clear()
    with later(10):
        for chain, (number, _serial) in ((shop, mine), (other_chain, other)):
            chain.stamp(number)
            settle(chain)
    assert fake.objects[f"4499.{other[1]}"]["loyaltyPoints"]["balance"]["string"] == "1/2"
    with shop.acting() as session:
        row = channels.row_of(GOOGLE)
        assert row
        assert (row.fault, row.stopped_at is None) == ("no token: 400 invalid_grant", False)
        kinds = session.scalars(select(OutboxEvent.kind)).all()
        assert kinds.count("wallet.stopped") == 1
        assert not channels.offers(GOOGLE)
    asked = len(fake.calls)
    with later(7_200):
        settle(shop)
        assert len(fake.calls) == asked
        account.alive = True
        with shop.acting() as session:
            channels.go_on(GOOGLE)
            session.commit()
        settle(shop)
    assert points(fake, mine[1]) == "1/2"


@once
def test_an_account_of_several_issuers_says_what_to_set(
    chain: Chain, fake: FakeGoogle, account: Account
) -> None:
    account.issuers.append("4499")
    joined(chain, account)
    take(chain, chain.card())
    settle(chain)
    with chain.acting():
        row = channels.row_of(GOOGLE)
        assert row
        assert "GOOGLE_WALLET_ISSUER" in (row.fault or "")


def test_a_new_design_is_one_patch_for_all(shop: Chain, fake: FakeGoogle) -> None:
    for _ in range(3):
        take(shop, shop.card())
    settle(shop)
    before = len(fake.calls)
    with later(10):
        shop.publish(**RULES, card_color="#761a3a")
        settle(shop)
    assert [(call.method, call.status) for call in fake.calls[before:]] == [("PATCH", 200)]
    (made,) = fake.classes.values()
    assert made["hexBackgroundColor"] == "#761a3a"


@once
def test_a_design_that_is_refused_waits_and_holds_no_credentials_guilty(
    shop: Chain, fake: FakeGoogle
) -> None:
    fake.then(400)
    serial = take(shop, shop.card())
    settle(shop)
    row = pass_row(shop, serial)
    assert row.fault == "the class: 400 INVALID_ARGUMENT"
    assert row.due_at
    assert row.due_at > clock.now() + timedelta(minutes=50)
    with later(3_601):
        settle(shop)
    assert points(fake, serial) == "0/2"


@once
def test_a_notice_is_for_a_reward_reached_and_three_a_day_at_most(
    shop: Chain, fake: FakeGoogle
) -> None:
    number, _serial = taken(shop)
    start = clock.now()
    for hour in range(1, 5):
        _reach_a_reward(shop, number, start + timedelta(hours=hour))
    assert _notified(fake) == [False, True, False] * 3 + [False, False, False]
    _reach_a_reward(shop, number, start + timedelta(hours=26))
    assert _notified(fake)[-3:] == [False, True, False]


def _reach_a_reward(shop: Chain, number: str, moment: datetime) -> None:
    """A stamp, the stamp that makes it two, and the reward taken; each synced."""
    for minutes, act in enumerate((shop.stamp, shop.stamp, shop.redeem)):
        with clock.at(moment + timedelta(minutes=minutes)):
            act(number)
            settle(shop)


def _notified(fake: FakeGoogle) -> list[bool]:
    return ["notifyPreference" in call.body for call in fake.asked("PATCH", "Object")]


def test_a_card_thrown_away_is_sent_nothing_but_its_end(shop: Chain, fake: FakeGoogle) -> None:
    number, serial = taken(shop)
    _set_removed(shop, serial)
    asked = len(fake.calls)
    with later(10):
        shop.stamp(number)
        settle(shop)
    assert len(fake.calls) == asked
    with later(20), shop.acting() as session:
        enrolment.erase(cards.find(number))
        session.commit()
    with later(30):
        settle(shop)
    kept = fake.objects[f"{fake.issuer}.{serial}"]
    assert kept["state"] == "EXPIRED"
    assert set(kept) == {"id", "classId", "state", "textModulesData"}
    assert "Anouk" not in str(kept)


@once
def test_a_card_taken_again_has_caught_up(shop: Chain, fake: FakeGoogle) -> None:
    number, serial = taken(shop)
    _set_removed(shop, serial)
    with later(10):
        shop.stamp(number)
        settle(shop)
        assert points(fake, serial) == "0/2"
        with shop.acting() as session:
            told = passes.read_serial(serial)
            assert told
            row = passes.of_serial(told, GOOGLE)
            assert row
            google.events.take_again(row)
            session.commit()
    with later(20):
        settle(shop)
    assert points(fake, serial) == "1/2"


def _set_removed(shop: Chain, serial: str) -> None:
    with shop.acting() as session:
        told = passes.read_serial(serial)
        assert told
        row = passes.of_serial(told, GOOGLE)
        assert row
        row.removed_at = clock.now()
        session.commit()


@once
def test_another_issuer_gets_every_card(shop: Chain, fake: FakeGoogle) -> None:
    """As when the installation's file is replaced by another account's."""
    serials = [take(shop, shop.card()) for _ in range(3)]
    settle(shop)
    joined(shop, fake.account("4499"), issuer="4499")
    with shop.acting() as session:
        channels.hold(GOOGLE).identifier = fake.issuer
        session.commit()
    with later(10):
        take(shop, shop.card())
        settle(shop)
    with later(20):
        settle(shop)
    assert {f"4499.{serial}" for serial in serials} < set(fake.objects)


@once
def test_a_crowd_is_told_in_googles_own_time(shop: Chain, fake: FakeGoogle) -> None:
    serials = [take(shop, shop.card()) for _ in range(25)]
    settle(shop)
    assert len(fake.objects) == len(serials)
    assert fake.too_fast == 0
    assert max(_in_each_second(fake)) <= 20


@once
def test_where_others_use_the_issuer_too_nothing_is_lost(shop: Chain, fake: FakeGoogle) -> None:
    serials = [take(shop, shop.card()) for _ in range(8)]
    fake.per_second = 4
    settle(shop)
    assert fake.too_fast
    for minutes in range(1, 4):
        fake.pass_a_second()
        with later(60 * minutes):
            settle(shop)
    assert {f"{fake.issuer}.{serial}" for serial in serials} == set(fake.objects)
    assert {pass_row(shop, serial).fault for serial in serials} == {None}


def _in_each_second(fake: FakeGoogle) -> list[int]:
    moments = [call.at for call in fake.calls]
    return [sum(1 for each in moments if first <= each < first + 1) for first in moments]


@once
def test_the_doctor_asks_google(shop: Chain, fake: FakeGoogle, account: Account) -> None:
    def told() -> tuple[str, str]:
        with shop.acting():
            line = doctor.company(online=True)[-1]
        return line.state, line.sentence

    assert told() == (OK, "Google takes the account; the class is made with the first card.")
    taken(shop)
    assert told() == (OK, "Google has the class; its review says APPROVED.")
    fake.then(503)
    assert told()[0] == WARNING
    account.issuers.clear()
    state, sentence = told()
    assert state == FAULT
    assert "403 PERMISSION_DENIED" in sentence
