"""`flask wallet doctor`: a line a check, what to do about it, and what its exit code says."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from app.modules.loyalty.wallet import APPLE, channels
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import SQLITE, Databases
from tests.wallet import pki
from tests.wallet.fakes.apns import RESET, Apns, Say
from tests.wallet.test_keeping import give, give_google

pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)


def doctor(chain: Chain, *words: str) -> Result:
    asked = ["wallet", "doctor", f"--company={chain.slug}", *words]
    return chain.app.test_cli_runner().invoke(args=asked)


def test_with_the_right_credentials_every_check_is_ok(signing: Chain) -> None:
    give_google(signing)
    answer = doctor(signing)
    assert answer.exit_code == 0, answer.output
    lines = answer.stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines), answer.output
    for said in (
        "key belongs to the certificate",
        f"pass type is {pki.PASS_TYPE}",
        f"team is {pki.TEAM}",
        "for signing passes",
        "“Test WWDR CA” signed it",
        "certificate is valid until",
        "PUBLIC_URL is https",
        "pictures of a pass are there",
        "is a service account",
    ):
        assert said in answer.stdout
    assert "PRIVATE KEY" not in answer.output
    assert doctor(signing).output == answer.output


def test_of_all_companies_the_installations_credentials_are_told_once(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    url = databases.create(kind, like=templates(kind))
    files = pki.written(tmp_path / "a")
    application = make_app(url, tmp_path, PUBLIC_URL="https://regulars.example", **files)
    for _each in range(2):
        Chain.open(application)
    answer = application.test_cli_runner().invoke(args=["wallet", "doctor"])
    assert answer.exit_code == 0
    assert answer.stdout.count("The key belongs to the certificate") == 1
    assert answer.stdout.count("It uses the installation’s credentials") == 2
    dispose(application)


def test_without_any_credentials_nothing_is_broken_and_it_says_what_works(chain: Chain) -> None:
    answer = doctor(chain)
    assert answer.exit_code == 0
    assert answer.stdout.count("the card’s own page does it all") == 2


def test_what_ends_soon_is_a_warning_and_what_ended_is_broken(signing: Chain) -> None:
    give(signing, leaf=pki.authority().issue(lasts=timedelta(days=29)))
    answer = doctor(signing)
    assert answer.exit_code == 0
    assert "warning" in answer.stdout
    assert "in 28 days: renew it" in answer.stdout
    with signing.acting() as session:
        channels.stop(APPLE, "the certificate is refused")
        session.commit()
    answer = doctor(signing)
    assert answer.exit_code == 1
    assert "It was stopped: the certificate is refused" in answer.stdout


def test_broken_files_of_the_installation_are_named_with_what_was_expected(
    database_url: str, tmp_path: Path
) -> None:
    files = pki.written(tmp_path / "a", pki.usual(), by=pki.authority("Other"))
    address = {"APP_ENV": "production", "PUBLIC_URL": "http://shop.example"}
    application = make_app(database_url, tmp_path, **address, **files)
    chain = Chain.open(application)
    answer = doctor(chain)
    assert answer.exit_code == 1
    broken = [line for line in answer.stdout.splitlines() if line.startswith("BROKEN")]
    assert len(broken) == 2
    assert "“Other WWDR CA”, expected “Test WWDR CA”" in broken[0]
    assert "PUBLIC_URL is http://shop.example, expected https" in broken[1]
    assert "2 things are broken" in answer.stderr
    dispose(application)


@pytest.mark.parametrize(
    ("answer", "says", "code"),
    [
        (Say(400, "BadDeviceToken"), "takes the certificate", 0),
        (Say(403, "BadCertificate"), "turns the certificate away: 403 BadCertificate", 1),
        (Say(503, "Shutdown"), "answers 503 Shutdown: ask again later", 0),
        (Say(instead=RESET), "cannot be reached", 1),
    ],
)
def test_asked_online_apples_push_service_is_reached_with_the_certificate(
    pushing: Chain, apns: Apns, answer: Say, says: str, code: int
) -> None:
    apns.script("0" * 64, answer, answer)
    told = doctor(pushing, "--online")
    assert says in told.stdout, told.output
    assert told.exit_code == code
    assert {push.topic for push in apns.pushes} <= {pki.PASS_TYPE}
