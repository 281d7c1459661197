"""How transactions begin, read, write and retry on each database."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app import database, tenancy
from app.accounts.vendors import Vendor
from app.database import engine as engines
from app.errors import Busy
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty import programs
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, SQLITE

on_sqlite = pytest.mark.parametrize("kind", [SQLITE], indirect=True, scope="session")
on_postgresql = pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True, scope="session")


# -- reading and writing --------------------------------------------------------------------------


def test_a_reading_transaction_cannot_write(chain: Chain) -> None:
    with chain.acting() as session, database.read_only():
        assert session.scalars(select(Vendor)).all()
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            session.execute(update(Vendor).values(address="written"))


def test_writing_comes_back_after_reading_on_the_same_connection(chain: Chain) -> None:
    for _ in range(3):
        with chain.acting() as session, database.read_only():
            session.scalars(select(Vendor)).all()
        with chain.acting() as session:
            session.execute(update(Vendor).values(address="written"))
            session.commit()


def test_a_get_request_reads_and_a_post_writes(app: Flask, chain: Chain) -> None:
    """The method decides, whatever the view does."""
    from app import surfaces

    with app.test_request_context("/healthz", method="GET"):
        surfaces._enforce()
        assert engines._read_only.get() is True
        surfaces._forget(None)
    with app.test_request_context("/sign-in", method="POST"):
        with pytest.raises(Exception, match="CSRF"):
            surfaces._enforce()
        assert engines._read_only.get() is False
        surfaces._forget(None)


def test_the_short_write_inside_a_reading_block(chain: Chain) -> None:
    with chain.acting() as session, database.read_only(), database.writing():
        session.execute(update(Vendor).values(address="short"))
        session.commit()


@on_sqlite
def test_sqlite_is_durable_and_keeps_its_references(app: Flask) -> None:
    with app.app_context(), tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        pragma = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@on_sqlite
def test_one_writer_at_a_time_and_readers_beside_it(app: Flask, chain: Chain) -> None:
    seen: list[str] = []

    def read() -> None:
        with chain.acting() as session, database.read_only():
            seen.extend(session.scalars(select(Vendor.address)))

    with chain.acting() as session:
        session.execute(update(Vendor).values(address="uncommitted"))
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(5)
    assert seen == ["", ""]


@on_sqlite
def test_a_writer_that_waits_too_long_is_told_so(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WRITER_PATIENCE_SECONDS", 0.05)
    refusals: list[Busy] = []

    def write() -> None:
        with chain.acting() as session:
            try:
                session.execute(update(Vendor).values(address="second"))
            except Busy as refusal:
                refusals.append(refusal)

    with chain.acting() as session:
        session.execute(update(Vendor).values(address="first"))
        second = threading.Thread(target=write)
        second.start()
        second.join(5)
    assert [refusal.status for refusal in refusals] == [503]
    with chain.acting() as session:  # and nobody kept the lock
        session.execute(update(Vendor).values(address="third"))
        session.commit()


@on_sqlite
@pytest.mark.parametrize("way", ["rollback", "close", "invalidate", "fault"])
def test_the_writer_lock_is_given_back_however_a_transaction_ends(chain: Chain, way: str) -> None:
    with chain.acting() as session:
        session.execute(update(Vendor).values(address="held"))
        assert engines._writer.locked()
        if way == "fault":
            with pytest.raises(IntegrityError):
                session.connection().execute(text("UPDATE vendors SET status = 'gone'"))
            session.rollback()
        else:
            getattr(session, way)()
    assert not engines._writer.locked()


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 50, 4), True),
        ((3, 44, 5), True),
        ((3, 51, 3), False),
        ((3, 50, 7), False),
        ((3, 44, 6), False),
        ((3, 53, 0), False),
    ],
)
def test_a_faulty_sqlite_is_warned_of(
    version: tuple[int, ...], faulty: bool, caplog: pytest.LogCaptureFixture
) -> None:
    engines._warn_if_faulty(version)
    assert bool(caplog.records) is faulty


@on_postgresql
def test_a_connection_that_died_in_the_pool_is_replaced(app: Flask, chain: Chain) -> None:
    with chain.acting() as session:
        pid = session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one()
    with app.app_context(), tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        if connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid:
            connection.execute(text(f"SELECT pg_terminate_backend({pid})"))
        else:  # the very one: another connection has to do it
            with db.engine.connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({pid})"))
            connection.invalidate()
    for _ in range(3):
        with chain.acting() as session:
            assert session.scalars(select(Vendor)).all()


@on_postgresql
def test_a_lock_that_stays_taken_is_told_as_busy(chain: Chain) -> None:
    def work() -> None:
        db.session.execute(select(Vendor).with_for_update())

    with chain.acting() as session:
        session.execute(select(Vendor).with_for_update())
        refusals = _in_thread(chain, lambda: _impatient(work))
    assert [type(refusal) for refusal in refusals] == [Busy]


def _impatient(work: Any) -> None:
    db.session.connection().execute(text("SET LOCAL lock_timeout = '50ms'"))
    database.once_more(work)


def _in_thread(chain: Chain, work: Any) -> list[BaseException]:
    faults: list[BaseException] = []

    def run() -> None:
        with chain.acting():
            try:
                work()
            except Exception as fault:
                faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return faults


# -- once more ------------------------------------------------------------------------------------


def test_a_lost_race_runs_once_more_in_a_new_transaction(chain: Chain) -> None:
    calls: list[int] = []

    def work() -> str:
        calls.append(len(calls))
        vendor = Vendor(slug="old-town" if len(calls) == 1 else "new", name="x", timezone="UTC")
        db.session.add(vendor)
        db.session.flush()
        return vendor.slug

    with chain.acting():
        assert database.once_more(work) == "new"
    assert calls == [0, 1]


def test_a_fault_that_no_race_explains_is_not_tried_again(chain: Chain) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        db.session.connection().execute(text("SELECT nothing FROM nowhere"))

    with chain.acting(), pytest.raises(DBAPIError):
        database.once_more(work)
    assert calls == [1]


def test_a_race_lost_twice_is_a_fault(chain: Chain) -> None:
    def work() -> None:
        db.session.add(Vendor(slug="old-town", name="x", timezone="UTC"))
        db.session.flush()

    with chain.acting(), pytest.raises(IntegrityError):
        database.once_more(work)


# -- types ----------------------------------------------------------------------------------------


def test_moments_are_aware_and_in_utc_on_both(chain: Chain) -> None:
    moment = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
    with chain.acting() as session:
        row = OutboxEvent(id=new_id(), kind="test", body={"n": [1, "é"]}, due_at=moment)
        session.add(row)
        session.flush()
        session.expire_all()
        again = session.get_one(OutboxEvent, (chain.company_id, row.id))
        assert (again.due_at, again.due_at.tzinfo) == (moment, UTC)
        assert again.body == {"n": [1, "é"]}
        found = select(OutboxEvent.id).where(OutboxEvent.due_at == moment, OutboxEvent.id == row.id)
        assert session.scalar(found) == row.id


def test_a_naive_moment_is_a_bug(chain: Chain) -> None:
    born_later = select(Vendor).where(Vendor.created_at > datetime.fromisoformat("2026-01-01"))
    with chain.acting() as session, pytest.raises(Exception, match="without a time zone"):
        session.scalars(born_later).all()


def test_publishing_none_really_lifts_a_cap(chain: Chain) -> None:
    """Of a plain None the unit of work makes the server default: no cap became five."""
    chain.publish(max_daily_stamps=None)
    with chain.acting() as session:
        rules = programs.current()
        query = select(programs.ProgramRevision.max_daily_stamps)
        kept = session.scalar(query.where(programs.ProgramRevision.id == rules.id))
    assert (rules.max_daily_stamps, kept) == (None, None)
    programs.service._kept.clear()
    with chain.acting():
        assert programs.current().max_daily_stamps is None


# -- health ---------------------------------------------------------------------------------------


def test_readyz_says_what_is_missing(folder: Path, redis_url: str, database_url: str) -> None:
    assert _readyz(database_url, folder, REDIS_URL=redis_url) == (200, {"status": "ready"})
    status, faults = _readyz(database_url, folder, REDIS_URL="redis://127.0.0.1:1/0")
    assert (status, faults["redis"]) == (503, "Redis does not answer")


def test_readyz_without_a_database(folder: Path) -> None:
    status, faults = _readyz("postgresql+psycopg://nobody@127.0.0.1:1/nothing", folder)
    assert (status, faults["database"]) == (503, "the database does not answer")


def _readyz(database_url: str, folder: Path, **variables: str) -> tuple[int, Any]:
    application = make_app(database_url, folder, **variables)
    client = application.test_client()
    assert client.get("/healthz").status_code == 200  # it lives, whatever else is gone
    answer = client.get("/readyz")
    dispose(application)
    return answer.status_code, answer.json


def test_two_applications_in_one_process_do_not_meet(
    app: Flask, fresh_app: Flask, chain: Chain
) -> None:
    with fresh_app.app_context(), tenancy.acting_as(chain.company_id):
        assert db.session.scalars(select(Vendor)).all() == []
    with chain.acting() as session:
        assert session.scalars(select(Vendor)).all()


def test_operational_errors_have_a_sqlstate_to_judge_by() -> None:
    fault = OperationalError("x", {}, Exception("no state"))
    assert database.transactions._sqlstate(fault) is None
