"""What outsiders and the log get to see when something breaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from app import tenancy
from app.accounts.users import User
from app.extensions import db
from tests.cast import Browser, Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, SQLITE

on_postgresql = pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True, scope="session")
NOWHERE = {
    SQLITE: "sqlite:////nowhere/at/all/loyalty.db",
    POSTGRESQL: "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
}


@pytest.fixture(params=NOWHERE)
def away(request: pytest.FixtureRequest, folder: Path) -> Iterator[Flask]:
    """An application whose database does not answer."""
    application = make_app(NOWHERE[request.param], folder)
    yield application
    dispose(application)


def test_a_database_that_is_away_is_a_503_to_come_back_to(
    away: Flask, chain: Chain, caplog: pytest.LogCaptureFixture
) -> None:
    client = away.test_client()
    headers = {"Authorization": f"Bearer {chain.token}", "Idempotency-Key": "k"}
    stamp = client.post("/api/v1/stamps/add", headers=headers, json={"card": "x", "vendor": "x"})
    page = client.get("/s/anything/")
    assert (stamp.status_code, stamp.json["code"]) == (503, "unavailable")
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert {stamp.headers["Retry-After"], page.headers["Retry-After"]} == {"5"}
    assert "Nothing was changed" not in stamp.text  # the answer to a commit may be what was lost
    assert not [record for record in caplog.records if record.exc_info], "no trace a request"


@on_postgresql
def test_connections_that_died_in_the_pool_cost_nobody_an_answer(fresh_app: Flask) -> None:
    """As after a restart of PostgreSQL: every connection that was kept is dead."""
    with fresh_app.app_context(), tenancy.crossing(tenancy.OWNER):
        kept = [db.engine.connect() for _ in range(4)]
        pids = [connection.scalar(text("SELECT pg_backend_pid()")) for connection in kept]
        for connection in kept:
            connection.close()
        with db.engine.connect() as killer:
            mine = killer.scalar(text("SELECT pg_backend_pid()"))
            for pid in set(pids) - {mine}:
                killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    answers = [fresh_app.test_client().get("/readyz").status_code for _ in range(4)]
    assert answers == [200] * 4


@on_postgresql
def test_a_refusal_stands_where_the_connection_breaks_behind_it(fresh_app: Flask) -> None:
    chain = Chain.open(fresh_app)
    card = chain.card()

    def break_it(connection: Connection) -> None:
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        with engine.connect() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            killer.commit()

    with fresh_app.app_context():
        engine = db.engine
    event.listen(engine, "rollback", break_it, once=True)
    with tenancy.crossing(tenancy.OWNER):
        answer = chain.api.post("/stamps/redeem", {"card": card, "vendor": chain.vendor.slug})
    assert (answer.status_code, answer.json["code"]) == (409, "insufficient-stamps")


def test_a_redis_that_is_gone_keeps_nobody_out(database_url: str, folder: Path) -> None:
    nowhere = {"REDIS_URL": "redis://127.0.0.1:1/0", "RATE_LIMITS": "on"}
    application = make_app(database_url, folder, **nowhere)
    slug = Chain.open(application).slug
    browser = Browser(application, use_cookies=True)
    wrong = {"email": "nobody@example.org", "password": "not their password"}
    answers = [browser.post("/sign-in", data=wrong).status_code]
    answers += [browser.post(f"/s/{slug}/sign-in", data={"contact": "x@example.org"}).status_code]
    assert max(answers) < 500
    dispose(application)


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/css/tokens.css", "/api/v1/docs"])
def test_a_host_that_is_not_ours_is_a_plain_400(app: Flask, path: str) -> None:
    app.config["TRUSTED_HOSTS"] = ["ours.example"]
    try:
        answer = app.test_client().get(path, base_url="http://evil.example")
    finally:
        app.config["TRUSTED_HOSTS"] = None
    assert answer.status_code == 400
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_of_the_database_names_no_values(chain: Chain) -> None:
    """Its words end in the log with the trace, and a person's data may not."""
    nobody = User(email="somebody@example.org", name="Some Body", password_hash="$2b$secret")
    with chain.app.app_context(), tenancy.crossing():
        db.session.add(nobody)  # without what must be there
        with pytest.raises(IntegrityError) as raised:
            db.session.flush()
    told = str(raised.value).partition("DETAIL")[0]
    assert "somebody@example.org" not in told
    assert "$2b$secret" not in told


def test_what_the_framework_refuses_is_told_in_our_words(chain: Chain) -> None:
    browser = chain.browser()
    unknown = browser.get("/s/nowhere/at/all")
    expired = browser.post("/sign-in", data={"email": "a@b.example"}, csrf=False)
    wrong = browser.delete("/sign-in")
    assert (unknown.status_code, expired.status_code, wrong.status_code) == (404, 400, 405)
    assert "There is nothing here." in unknown.text
    assert "load it again and send it once more" in expired.text
    assert "CSRF" not in expired.text
    assert "GET" in wrong.headers["Allow"]
