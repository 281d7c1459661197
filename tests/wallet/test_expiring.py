"""A certificate that ends is told of sixty, thirty and seven days ahead, once each, and a channel
that has stopped once: to the company's admins alone."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask

from app import clock, mail
from app.modules.loyalty.wallet import APPLE, GOOGLE, channels, expiring, keeping
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import SQLITE
from tests.test_jobs import drained
from tests.wallet import pki
from tests.wallet.test_keeping import give

ENDS_IN = timedelta(days=100)


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters and events are in the way."""
    return quiet_app


def letters(chain: Chain, to: str = "") -> list[str]:
    drained(chain.app)
    with chain.app.app_context():
        folder: Path = mail.folder()
    every = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in _eml(folder)]
    return [str(one["Subject"]) for one in every if one["To"] == (to or chain.admin.email)]


def _eml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"))


def night(chain: Chain, before_end: timedelta) -> tuple[str, int]:
    """What came of the night that much before the certificate's end, and how many letters the
    admin has by then."""
    with chain.acting():
        row = channels.row_of(APPLE)
    assert row
    assert row.expires_at
    with clock.at(row.expires_at - before_end):
        with chain.acting() as session:
            outcome = expiring.warn()
            session.commit()
        return outcome, len(letters(chain))


def test_the_admins_are_told_three_times_ahead_and_once_each(chain: Chain) -> None:
    give(chain, leaf=pki.authority().issue(lasts=ENDS_IN))
    days = (90, 61, 60, 59, 31, 30, 29, 29, 8, 7, 6, 1, 0)
    told = [night(chain, timedelta(days=each, hours=1))[1] for each in days]
    assert told == [0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    assert set(letters(chain)) == {"The certificate of Apple Wallet ends soon"}
    assert letters(chain, chain.manager.email) == []
    assert night(chain, timedelta(hours=-1)) == ("the certificate ended", 4)
    assert night(chain, timedelta(hours=-30)) == ("the certificate ended", 4)
    assert letters(chain).count("Apple Wallet has stopped") == 1
    with chain.acting():
        assert not channels.offers(APPLE)


def test_a_renewal_begins_anew_and_nobody_is_told_of_the_old_one(chain: Chain) -> None:
    give(chain, leaf=pki.authority().issue(lasts=timedelta(days=20)))
    with chain.acting() as session:
        expiring.warn()
        session.commit()
    give(chain, leaf=pki.authority().issue(lasts=ENDS_IN))  # before the letter is written
    assert letters(chain) == []
    assert night(chain, timedelta(days=45)) == ("45 days left, the admins are told", 1)


@pytest.mark.parametrize("kind", [SQLITE], indirect=True)
def test_a_company_without_one_of_its_own_is_told_nothing(
    database_url: str, tmp_path: Path
) -> None:
    soon = pki.authority().issue(lasts=timedelta(days=20))
    application = make_app(
        database_url, tmp_path, METRICS="on", **pki.written(tmp_path / "a", soon)
    )
    chain = Chain.open(application)
    with chain.acting():
        assert expiring.warn() == "no certificate of its own"
        assert expiring.days_left() == {APPLE: 19}
    answer = application.test_client().get("/readyz")
    assert answer.json == {"status": "ready", "wallet_certificate_days": {APPLE: 19}}
    with application.app_context():
        (figure,) = expiring.figures()
    assert figure.value == {APPLE: 19}
    dispose(application)


def test_a_channel_that_stops_is_told_once_and_tells_whose_it_is(chain: Chain) -> None:
    for _again in range(2):
        with chain.acting() as session:
            channels.stop(GOOGLE, "403 PERMISSION_DENIED")
            session.commit()
    assert letters(chain) == ["Google Wallet has stopped"]
    with chain.acting() as session:
        assert keeping.go_on(GOOGLE, by=1)
        assert not keeping.go_on(GOOGLE, by=1)
        channels.stop(GOOGLE, "403 PERMISSION_DENIED")
        channels.go_on(GOOGLE)
        session.commit()
    assert letters(chain) == ["Google Wallet has stopped"]  # it goes on by now
