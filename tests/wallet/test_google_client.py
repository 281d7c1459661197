"""Google's answers as we act upon them: tokens, pace, waits, and faults without words of people."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import jwt
import pytest

from app import clock
from app.modules.loyalty.wallet.channels import GoogleKeys
from app.modules.loyalty.wallet.google import client, issuers, objects, savelink
from app.modules.loyalty.wallet.google.answers import Answer, Kind
from app.modules.loyalty.wallet.google.client import Client
from app.modules.loyalty.wallet.google.pace import Pace
from tests.wallet.fakes.google import API, RESET, SILENCE, TOKEN, Account, FakeGoogle


@pytest.fixture
def fake() -> Iterator[FakeGoogle]:
    with FakeGoogle().running() as google:
        yield google
    client.close()


def reach(fake: FakeGoogle, account: Account | None = None, **told: str) -> Client:
    account = account or fake.account("3388")
    return Client(GoogleKeys(account.file | told), fake.url + API, fake.url + TOKEN)


def test_a_token_is_asked_for_once_and_renewed_before_it_ends(fake: FakeGoogle) -> None:
    wire, now = reach(fake), clock.now()
    for minutes in (0, 1, 54):
        with clock.at(now + timedelta(minutes=minutes)):
            assert wire.get("/issuer").done
    assert fake.granted == 1
    with clock.at(now + timedelta(minutes=56)):
        assert wire.get("/issuer").done
    assert fake.granted == 2


def test_a_token_that_is_accepted_no_longer_is_renewed_once(fake: FakeGoogle) -> None:
    account = fake.account("3388")
    wire = reach(fake, account)
    assert wire.get("/issuer").done
    account.tokens.clear()
    assert wire.get("/issuer").done
    assert fake.granted == 2
    fake.then(401, 401)
    assert wire.get("/issuer").kind is Kind.DEAD
    assert len(fake.calls) == 5


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (400, Kind.REFUSED),
        (403, Kind.DEAD),
        (404, Kind.GONE),
        (409, Kind.CONFLICT),
        (410, Kind.GONE),
        (422, Kind.REFUSED),
        (429, Kind.LATER),
        (500, Kind.LATER),
        (503, Kind.LATER),
        (RESET, Kind.LATER),
    ],
)
def test_each_answer_has_its_kind_and_says_nothing_of_a_person(
    fake: FakeGoogle, answer: int | str, kind: Kind
) -> None:
    wire = reach(fake)
    fake.then(answer)
    told = wire.post("/loyaltyObject", {"id": "3388.1"})
    assert told.kind is kind
    assert told.fault
    assert "Anouk" not in told.fault


def test_a_refusal_names_the_field_and_not_what_was_in_it(fake: FakeGoogle) -> None:
    told = reach(fake).post("/loyaltyClass", {"id": "3388.x", "programName": 7})
    assert told.kind is Kind.REFUSED
    assert "programName" in told.fault
    assert "Anouk" not in told.fault


def test_silence_ends_with_a_time_out(fake: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = reach(fake)
    with httpx2.Client(timeout=0.2) as http:
        monkeypatch.setattr(client, "http", lambda: http)
        fake.then(SILENCE)
        told = wire.post("/loyaltyObject", {"id": "3388.1"})
        fake.release.set()
    assert (told.kind, told.fault, told.known) == (Kind.LATER, "ReadTimeout", False)


def test_it_waits_as_long_as_google_says(fake: FakeGoogle) -> None:
    wire = reach(fake)
    fake.then(429, Retry_After="17")
    assert wire.get("/issuer").after == 17
    fake.then(503, Retry_After="Sun, 22 Nov 2026 10:00:30 GMT")
    from datetime import UTC, datetime

    with clock.at(datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)):
        assert wire.get("/issuer").after == 30
    fake.then(503, Retry_After="soon")
    assert wire.get("/issuer").after is None


def test_too_much_is_not_never(fake: FakeGoogle) -> None:
    told = {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}
    answer = client.of_response(httpx2.Response(403, json=told))
    assert answer.kind is Kind.LATER


def test_an_account_that_gets_no_token_is_dead_and_an_absent_google_is_not(
    fake: FakeGoogle,
) -> None:
    account = fake.account("3388")
    account.alive = False
    answer = reach(fake, account).get("/issuer")
    assert (answer.kind, answer.fault) == (Kind.DEAD, "no token: 400 invalid_grant")
    fake.refuse_tokens = (503, "unavailable")
    assert reach(fake).get("/issuer").kind is Kind.LATER
    assert not fake.calls


@pytest.mark.parametrize("key", ["", "no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END"])
def test_a_file_that_holds_no_key_is_dead_and_asks_nobody(fake: FakeGoogle, key: str) -> None:
    answer = reach(fake, private_key=key).get("/issuer")
    assert (answer.kind, answer.fault) == (
        Kind.DEAD,
        "the account's private_key cannot be read",
    )
    assert fake.granted == 0


def test_only_the_only_issuer_is_found_by_itself(fake: FakeGoogle) -> None:
    one = reach(fake, fake.account("3388"))
    assert issuers.of(one) == issuers.of(one) == "3388"
    assert len(fake.calls) == 1
    several = issuers.of(reach(fake, fake.account("1", "2")))
    assert isinstance(several, Answer)
    assert several.kind is Kind.DEAD
    assert "2 issuers: say which in GOOGLE_WALLET_ISSUER" in several.fault
    none = issuers.of(reach(fake, fake.account()))
    assert isinstance(none, Answer)
    assert "sees no issuer" in none.fault
    assert issuers.of(reach(fake, fake.account("1", "2"), issuer_id="2")) == "2"


def test_no_second_ever_holds_more_than_twenty_requests_of_an_issuer() -> None:
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace, taken = Pace(lambda: now[0], sleep), list[float]()
    for turn in range(200):
        assert pace.take("3388") == 0
        taken.append(now[0])
        now[0] += 0.3 if turn % 37 == 0 else 0.001
    assert all(later - first > 1 for first, later in zip(taken, taken[20:], strict=False))
    assert now[0] < 100 + 200 / 20 * 1.1 + 3
    assert pace.take("1234") == 0


def test_who_would_wait_too_long_is_told_at_once() -> None:
    pace = Pace(lambda: 0.0, lambda _seconds: None)
    waits = [pace.take("3388") for _ in range(200)]
    assert waits[:100] == [0] * 100
    assert waits[-1] > 5


def test_the_save_link_is_short_and_says_nothing_of_the_card() -> None:
    account = FakeGoogle().account("3388000000022123456")
    keys = GoogleKeys(account.file)
    issuer, serial = "3388000000022123456", f"{2**62:x}-{2**62:x}-ffff"
    link = savelink.link(
        keys,
        issuer=issuer,
        suffix=serial,
        company_id=2**62,
        origin=f"https://{'a' * 60}.regulars.example",
    )
    assert link.startswith("https://pay.google.com/gp/v/save/")
    assert len(link) <= savelink.LONGEST
    claims = jwt.decode(link.rpartition("/")[2], options={"verify_signature": False})
    (skinny,) = claims["payload"]["loyaltyObjects"]
    assert skinny == {"id": f"{issuer}.{serial}", "classId": f"{issuer}.loyalty-{2**62:x}"}
    assert (claims["aud"], claims["typ"], claims["iss"]) == (
        "google",
        "savetowallet",
        account.email,
    )


def test_a_company_is_read_from_its_class_alone() -> None:
    assert objects.company_of(objects.class_suffix(255)) == 255
    for foreign in (
        "loyalty-",
        "loyalty--1",
        "loyalty-0x10",
        "loyalty-zz",
        "x-1",
        "loyalty-" + "f" * 20,
    ):
        assert objects.company_of(foreign) is None
