"""Whatever Apple's push service answers, every pass ends up right, and nothing is sent in vain."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import httpx2
import pytest

from app import clock
from app.modules.loyalty.wallet import APPLE, channels
from app.modules.loyalty.wallet.apple import apns as client
from tests.cast import Chain
from tests.wallet import pki
from tests.wallet.fakes.apns import GOAWAY, HANG_UP, RESET, TIME_OUT, Apns, Say
from tests.wallet.phones import Held, held, phone, settle, sync_once

HOURS = timedelta(hours=2)
FAULTS = {
    "400": (Say(400, "BadPriority"), "APNs 400 BadPriority"),
    "413": (Say(413, "PayloadTooLarge"), "APNs 413 PayloadTooLarge"),
    "429": (Say(429, "TooManyRequests"), "APNs 429 TooManyRequests"),
    "500": (Say(500, "InternalServerError"), "APNs 500 InternalServerError"),
    "503": (Say(503, "ServiceUnavailable"), "APNs 503 ServiceUnavailable"),
    "no body": (Say(503), "APNs 503"),
    "time-out": (Say(instead=TIME_OUT), "APNs no answer in time"),
    "reset": (Say(instead=RESET), "APNs the connection broke"),
    "hung up": (Say(instead=HANG_UP), "APNs the connection broke"),
    "goaway": (Say(instead=GOAWAY), "APNs the connection broke"),
}


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Half a second is a long time."""
    client.hang_up()
    with monkeypatch.context() as patch:
        patch.setattr(client, "PATIENCE", httpx2.Timeout(0.5, connect=4))
        yield
    client.hang_up()


def is_true(card: Held) -> bool:
    """Whether Apple knows of the pass's last change, and nothing is due."""
    row = card.row()
    known = row.sent_tag == row.tag is not None
    return known and (row.due_at, row.fault, row.attempts, row.leased_until) == (
        None,
        None,
        0,
        None,
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_push_that_failed_is_tried_again_after_a_while(
    pushing: Chain, apns: Apns, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, (answer, words) = held(pushing), FAULTS[fault]
    apns.script(card.token, *[answer] * 2)  # a connection that broke is tried twice
    with impatient(monkeypatch) if fault == "time-out" else nullcontext():
        settle(pushing)
    row, now = card.row(), clock.now()
    assert (row.fault, row.attempts, row.sent_tag, row.leased_until) == (words, 1, None, None)
    assert row.due_at
    assert timedelta(seconds=2) < row.due_at - now < timedelta(seconds=7)
    apns.forget()
    with clock.at(now + HOURS):
        settle(pushing)
    assert is_true(card)
    assert (len(apns.pushes), apns.wrong) == (1, [])


@pytest.mark.parametrize("instead", [RESET, HANG_UP, GOAWAY])
def test_a_connection_that_ended_is_opened_again_at_once(
    pushing: Chain, apns: Apns, instead: str
) -> None:
    card = held(pushing)
    apns.script(card.token, Say(instead=instead))
    settle(pushing)
    assert is_true(card)
    assert apns.tokens() == [card.token] * 2


@pytest.mark.parametrize("status", [429, 503])
def test_apple_says_when_to_come_again(pushing: Chain, apns: Apns, status: int) -> None:
    card = held(pushing)
    apns.script(card.token, Say(status, retry_after=1_200))
    settle(pushing)
    due = card.row().due_at
    assert due
    assert abs(due - clock.now() - timedelta(seconds=1_200)) < timedelta(seconds=20)


def test_a_phone_that_is_gone_is_forgotten(pushing: Chain, apns: Apns) -> None:
    card = held(pushing)
    later = int(clock.now().timestamp() * 1000) + 1_000
    apns.script(card.token, Say(410, "Unregistered", since_ms=later))
    settle(pushing)
    assert card.device() is None
    assert is_true(card)


def test_a_phone_that_registered_again_since_is_kept(pushing: Chain, apns: Apns) -> None:
    card = held(pushing)
    before = int((clock.now() - timedelta(hours=1)).timestamp() * 1000)
    apns.script(card.token, Say(410, "Unregistered", since_ms=before))
    settle(pushing)
    assert card.device()
    assert is_true(card)


@pytest.mark.parametrize("reason", ["BadDeviceToken", "DeviceTokenNotForTopic"])
def test_a_token_that_is_none_is_left_alone_until_the_phone_registers_again(
    pushing: Chain, apns: Apns, reason: str
) -> None:
    """Or is another app's: a phone may send what it likes."""
    card, began = held(pushing), clock.now()
    apns.script(card.token, Say(400, reason))
    settle(pushing)
    device = card.device()
    assert device
    assert device.refused_at
    assert is_true(card)
    card.stamp()
    with clock.at(began + HOURS):
        settle(pushing)
    assert len(apns.pushes) == 1
    assert is_true(card)


def test_of_two_phones_one_may_fail(pushing: Chain, apns: Apns) -> None:
    card = held(pushing)
    with pushing.acting() as session:
        session.add(phone(card.row_in(session), "f" * 32))
        session.commit()
    apns.script("f" * 32, Say(500))
    settle(pushing)
    assert card.row().fault == "APNs 500"
    with clock.at(clock.now() + HOURS):
        settle(pushing)
    assert is_true(card)
    assert apns.tokens().count("f" * 32) == 2


def test_a_service_that_does_not_answer_is_not_asked_by_every_pass(
    pushing: Chain, apns: Apns
) -> None:
    cards = [held(pushing) for _ in range(30)]
    apns.otherwise = lambda token: Say(503)
    sync_once(pushing)
    assert len(apns.pushes) < 15
    apns.forget()
    with clock.at(clock.now() + HOURS):
        settle(pushing)
    assert all(map(is_true, cards))


def test_all_pushes_share_one_connection_and_several_are_under_way(
    pushing: Chain, apns: Apns
) -> None:
    client.hang_up()
    before = apns.connections
    for _ in range(20):
        held(pushing)
    settle(pushing)
    assert len(apns.pushes) == 20
    assert apns.connections == before + 1
    assert apns.most_streams > 1


def test_a_certificate_that_apple_refuses_stops_the_channel(pushing: Chain, apns: Apns) -> None:
    """Not by an answer but already by TLS."""
    card = held(pushing)
    stranger = pki.told(pki.authority("Stranger").issue(), by=pki.authority("Stranger"))
    with pushing.acting() as session:
        channels.keep(APPLE, stranger, identifier=pki.PASS_TYPE, by=None)
        session.commit()
    settle(pushing)
    with pushing.acting():
        row = channels.row_of(APPLE)
        assert row
        assert row.fault == "APNs 403 the certificate is refused"
    assert card.row().leased_until is None
    assert apns.pushes == []


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("²", None)])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")
def test_a_wait_that_is_no_number_is_none(kind: str, said: str, seconds: float | None) -> None:
    assert client._seconds(said) == seconds
