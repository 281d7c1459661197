"""Constant statements on the driver itself: typed rows, SQLAlchemy's errors, heard by listeners."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.accounts.api_keys import ApiKey
from app.accounts.vendors import Vendor
from app.database import driver
from app.extensions import db
from tests.cast import Chain

_KEY: Any = ApiKey.__table__
_VENDOR: Any = Vendor.__table__
KEYS = select(_KEY.c.company_id, _KEY.c.created_at, _KEY.c.secret_hash.label("kept")).where(
    _KEY.c.company_id == bindparam("company_id"), _KEY.c.scopes != "nothing"
)
VENDORS = select(_VENDOR).where(_VENDOR.c.company_id == bindparam("company_id"))
AGAIN = insert(_VENDOR).from_select(list(_VENDOR.c.keys()), VENDORS, False)


def test_rows_are_named_and_typed_as_the_columns_say(chain: Chain) -> None:
    with chain.acting():
        row = driver.rows(db.session.connection(), KEYS, {"company_id": chain.company_id})[0]
    assert row.company_id == chain.company_id
    assert row.created_at.utcoffset() == clock.now().utcoffset()
    assert isinstance(bytes(row.kept), bytes)


def test_a_constraint_speaks_as_through_sqlalchemy(chain: Chain) -> None:
    with chain.acting(), pytest.raises(IntegrityError):
        driver.changed(db.session.connection(), AGAIN, {"company_id": chain.company_id})


def test_listeners_hear_of_every_run(chain: Chain, app: Flask) -> None:
    heard: list[str] = []

    def listen(*given: Any) -> None:
        heard.append(given[2])

    with chain.acting():
        event.listen(db.engine, "before_cursor_execute", listen)
        try:
            driver.rows(db.session.connection(), KEYS, {"company_id": chain.company_id})
        finally:
            event.remove(db.engine, "before_cursor_execute", listen)
    assert [sql.split()[0] for sql in heard] == ["SELECT"]


def test_a_program_gets_no_session_and_a_page_its_rules(chain: Chain) -> None:
    answer = chain.api.get("/program")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert "Content-Security-Policy" not in answer.headers
    page = chain.app.test_client().get("/api/v1/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
