"""What the log holds: every request and every fault, and nobody's data."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app import logs, tenancy
from app.accounts.users import User
from app.extensions import db
from app.guards import guarded
from app.modules.loyalty import cards, enrolment
from tests.cast import PASSWORD, PIN, Chain
from tests.conftest import dispose, make_app

WRONG_PIN = "9713"
PERSON = {"first_name": "Clothilde", "last_name": "Vandenbroucke"}
PHONE, EMAIL = "+352621987654", "clothilde@secret.example"
BIRTHDAY = "1987-03-14"


class Log:
    """What was said since the test began."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(logs.AsJson())

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, route: str) -> dict[str, Any]:
        """The one line of a route."""
        (line,) = (line for line in self.lines if line.get("route") == route)
        return line


@pytest.fixture
def log() -> Iterator[Log]:
    """The log as production writes it."""
    written, ours = Log(), logging.getLogger("app")
    before = ours.level
    logging.getLogger().addHandler(written.handler)
    ours.setLevel(logging.INFO)
    yield written
    ours.setLevel(before)
    logging.getLogger().removeHandler(written.handler)


def test_a_request_is_one_line_that_tells_its_route_and_whose_it_was(
    chain: Chain, log: Log
) -> None:
    number = chain.card()
    answer = chain.api.get(f"/cards/{number}")
    assert answer.status_code == 200
    line = log.of("/api/v1/cards/<string:number>")
    assert line["request"] == answer.headers["X-Request-Id"]
    assert line["ms"] > 0
    told = {name: line[name] for name in ("level", "event", "method", "status")}
    assert told == {"level": "info", "event": "request", "method": "GET", "status": 200}
    assert (line["company"], line["audience"]) == (chain.company_id, "api")


def test_what_is_asked_every_few_seconds_is_told_only_when_it_fails(chain: Chain, log: Log) -> None:
    browser = chain.browser()
    assert browser.get("/healthz").status_code == 200
    with browser.get("/static/css/tokens.css") as sheet:
        assert sheet.status_code == 200
    assert browser.get("/static/nowhere.css").status_code == 404
    assert [line["status"] for line in log.lines] == [404]


def test_no_persons_data_pin_or_secret_gets_into_the_log(chain: Chain, log: Log) -> None:
    secrets = {PASSWORD, PIN, WRONG_PIN, PHONE, PHONE[4:], EMAIL, BIRTHDAY, *PERSON.values()}
    # At the counter: a wrong PIN, the right one, an enrolment, look-ups by phone and by address.
    till = chain.terminal(unlocked=False)
    for pin in (WRONG_PIN, PIN):
        who = {"staff_id": str(chain.staff.staff_id), "pin": pin}
        assert till.post("/terminal/unlock", data=who).status_code in (303, 401)
    form = PERSON | {"contact": PHONE, "email": EMAIL, "birthday": BIRTHDAY, "terms": "1"}
    assert till.post("/terminal/enrol", data=form).status_code in (200, 303, 422)
    for typed in (PHONE, EMAIL, "nobody@secret.example"):
        till.post("/terminal/find", data={"card": typed})
    # In the office: a sign-in, lists searched in the address, the file.
    guest = chain.browser()
    for password in ("wrong horse battery", PASSWORD):
        guest.post("/sign-in", data={"email": chain.admin.email, "password": password})
    number = chain.card(phone=PHONE, **PERSON)
    office = chain.office()
    for path in ("/admin/cards", "/admin/transactions", "/admin/transactions.csv"):
        office.get(path, query_string={"q": EMAIL, "name": PERSON["last_name"]})
    office.get(f"/admin/cards/{number}")
    # The customer's own pages, whose address is the secret; pages that are nobody's.
    with chain.acting():
        path = enrolment.card_path(chain.slug, cards.find(number))
    for below in ("", "/history", "/code.svg", "/state.json"):
        assert chain.browser().get(f"{path}{below}").status_code == 200
    guest.get(f"/s/{chain.slug}/cards/{EMAIL}")
    guest.get(f"/{EMAIL}/{PHONE}", headers={"User-Agent": EMAIL, "Referer": f"/{PHONE}"})
    guest.open("/sign-in", method="POST", data={"email": EMAIL, "password": WRONG_PIN}, csrf=False)
    # Partners.
    chain.api.post("/cards", {"phone": PHONE, "email": EMAIL, **PERSON}, key=EMAIL)
    chain.api.get(f"/cards/{number}")
    chain.api.get("/cards", email=EMAIL)
    secrets |= {
        number,
        path.rpartition("/")[2],
        chain.token,
        chain.terminal_cookie,
        chain.admin.email,
    }
    assert len(log.lines) > 20
    assert [each for each in secrets if re.search(rf"(?<!\d){re.escape(each)}", log.text)] == []


def test_a_fault_is_told_with_its_stack_and_without_a_value(chain: Chain, log: Log) -> None:
    nobody = User(email=EMAIL, name=PERSON["last_name"], password_hash="$2b$secret")
    with chain.app.app_context(), tenancy.crossing():
        db.session.add(nobody)  # without what must be there: PostgreSQL tells the whole row
        with pytest.raises(IntegrityError) as raised:
            db.session.flush()
        logging.getLogger("app.probe").error("it broke", exc_info=raised.value)
    try:
        int(EMAIL)
    except ValueError as fault:
        logging.getLogger("app.probe").error("so did this", exc_info=fault)
    database, python = (line["fault"] for line in log.lines)
    assert database[0]["kind"] == "sqlalchemy.exc.IntegrityError"
    if chain.app.config["SETTINGS"].database_url.startswith("postgresql"):
        column = {"sqlstate": "23502", "table_name": "users", "column_name": "pepper_version"}
        assert column.items() <= database[1].items()
    assert any("test_logs.py" in at for at in python[0]["stack"])
    assert python[0]["kind"] == "builtins.ValueError"
    assert [each for each in (EMAIL, *PERSON.values()) if each in log.text] == []


def test_a_fault_is_found_in_the_log_by_the_number_that_its_page_shows(
    database_url: str, folder: Path, log: Log
) -> None:
    application = make_app(database_url, folder)
    application.add_url_rule("/boom", view_func=guarded("anyone", "probe")(_boom))
    client = application.test_client()
    page = client.get("/boom")
    data = client.get("/boom", headers={"Accept": "application/json"})
    number, other = page.headers["X-Request-Id"], data.headers["X-Request-Id"]
    assert (page.status_code, data.status_code) == (500, 500)
    assert number in page.text
    assert data.json["request_id"] == other != number
    faults = {line["request"]: line["fault"] for line in log.lines if "fault" in line}
    assert set(faults) == {number, other}
    assert faults[number][0]["words"] == "the till is on fire"
    dispose(application)


@pytest.mark.parametrize(
    ("hops", "given", "kept"),
    [
        ("1", "from-the-proxy-1", True),
        ("1", "with spaces and <markup>", False),
        ("1", "x" * 65, False),
        ("0", "from-anybody-1", False),
    ],
)
def test_an_id_is_taken_from_a_proxy_that_is_trusted_and_else_made(
    database_url: str, folder: Path, hops: str, given: str, kept: bool
) -> None:
    application = make_app(database_url, folder, PROXY_HOPS=hops)
    client = application.test_client()
    answers = [client.get("/healthz", headers={"X-Request-Id": given}) for _ in range(2)]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert (ids == [given, given]) is kept
    assert kept or ids[0] != ids[1]
    dispose(application)


def _boom() -> str:
    raise RuntimeError("the till is on fire")
