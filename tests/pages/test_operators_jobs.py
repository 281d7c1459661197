"""The operator's jobs and health, and the trail with its filters."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import audit, clock, workers
from app.ids import new_id
from app.modules.loyalty.reports import installation, queues
from app.modules.loyalty.reports.health import LATE
from app.outbox import DEAD, PENDING, OutboxEvent
from app.schedules import Schedule
from tests.cast import Browser, Chain
from tests.conftest import dispose, make_app
from tests.pages.test_operators import closed, desk, said, settled


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


def letters(chain: Chain, kind: str, number: int) -> list[int]:
    """So many dead letters of that kind; their ids."""
    with chain.acting() as session:
        rows = [
            OutboxEvent(
                id=new_id(),
                kind=kind,
                body={},
                state=DEAD,
                attempts=30,
                due_at=clock.now(),
                created_at=clock.now(),
                last_error="TimeoutError in send",
            )
            for _ in range(number)
        ]
        session.add_all(rows)
        ids = [row.id for row in rows]
        session.commit()
    return ids


def states(chain: Chain, kind: str) -> list[str]:
    with chain.acting() as session:
        return list(session.scalars(select(OutboxEvent.state).where(OutboxEvent.kind == kind)))


# -- jobs and health ------------------------------------------------------------------------------


def test_all_dead_letters_of_a_kind_are_tried_again_in_every_company(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    letters(chain, "lost", 3)
    letters(other_chain, "lost", 1)
    letters(chain, "kept", 1)
    browser = desk(app)
    page = said(browser.get("/platform/jobs").text)
    assert "Try all 4 again" in page
    answer = browser.post("/platform/jobs/letters/replay", data={"kind": "lost"})
    assert answer.status_code == 303
    assert states(chain, "lost") == [PENDING] * 3
    assert states(other_chain, "lost") == [PENDING]
    assert states(chain, "kept") == [DEAD]
    trail = said(browser.get(f"/platform/audit?company={chain.slug}").text)
    assert "had letters of Corner Bakery tried again: lost" in trail
    assert "<b>3</b>" in trail
    for nothing in ("lost", "no\0kind"):
        again = browser.post("/platform/jobs/letters/replay", data={"kind": nothing})
        assert again.status_code == 404


def test_letters_are_read_one_by_one_by_kind(app: Flask, chain: Chain) -> None:
    (lost,) = letters(chain, "lost-one", 1)
    (other,) = letters(chain, "lost-other", 1)
    page = desk(app).get("/platform/jobs/letters?kind=lost-one").text
    assert str(lost) in page
    assert str(other) not in page
    assert "TimeoutError in send" in page


def test_a_night_that_fails_stands_before_one_that_is_late_and_the_well_do_not(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    well = Chain.open(app)
    now = clock.now()
    for one, row in (
        (chain, Schedule(kind="verify", next_at=now - timedelta(days=900))),
        (other_chain, Schedule(kind="verify", next_at=now, failures=2, outcome="Broken")),
        (well, Schedule(kind="verify", next_at=now + timedelta(hours=3))),
    ):
        with one.acting() as session:
            session.add(row)
            session.commit()
    page = desk(app).get("/platform/jobs").text
    table = page.split('id="ailing"')[1].split("</table>")[0]
    first = table.index(f"/companies/{other_chain.company_id}/jobs")
    assert first < table.index(f"/companies/{chain.company_id}/jobs")
    assert f"/companies/{well.company_id}/jobs" not in table
    assert "failed 2 times" in table
    everybody = desk(app).get("/platform/jobs/schedules?kind=verify").text
    assert "Checking every figure" in everybody


def test_a_closed_companys_night_is_not_called_late(app: Flask, chain: Chain) -> None:
    with chain.acting() as session:
        session.add(Schedule(kind="verify", next_at=clock.now() - timedelta(days=1)))
        session.commit()
    browser, mine = desk(app), f"/companies/{chain.company_id}/jobs"
    assert mine in browser.get("/platform/jobs").text
    closed(browser, chain)
    assert mine not in browser.get("/platform/jobs").text


def test_what_waits_is_counted_with_its_oldest(app: Flask, chain: Chain) -> None:
    due = clock.now() - 90 * LATE
    with chain.acting() as session:
        for due_at in (due, clock.now() + timedelta(hours=1)):
            row = OutboxEvent(kind="waits", body={}, due_at=due_at, created_at=due)
            session.add(row)
        session.commit()
        (mine,) = (one for one in queues.queues() if one.kind == "waits")
    assert (mine.waiting, mine.late, mine.oldest) == (2, 1, due)
    assert "waits" in desk(app).get("/platform/jobs").text


def test_the_page_says_when_nobody_works_beside_the_tills(app: Flask) -> None:
    page = said(desk(app).get("/platform/jobs").text)
    assert "Nobody works beside the tills" in page  # a test's server runs nothing
    assert "not set" in page
    assert "SQLite" in page or "PostgreSQL" in page


def test_a_server_that_works_by_itself_is_seen(fresh_app: Flask) -> None:
    ends = [workers.start_embedded(fresh_app), workers.start_embedded_scheduler(fresh_app)]
    try:
        with fresh_app.app_context():
            assert installation.runners().somebody
    finally:
        for end in ends:
            end()
    with fresh_app.app_context():
        assert not installation.runners().somebody


def test_a_worker_is_seen_in_redis_and_a_redis_that_is_away_too(
    database_url: str, folder: object, redis_url: str
) -> None:
    from redis import Redis
    from rq import SimpleWorker
    from rq.serializers import JSONSerializer

    for url, seen in ((redis_url, True), ("redis://127.0.0.1:1/0", False)):
        other = make_app(database_url, folder, REDIS_URL=url)  # type: ignore[arg-type]
        with other.app_context():
            found = installation.runners()
            assert (found.redis, found.somebody) == (seen, False)
            if seen:
                with Redis.from_url(url) as redis:
                    worker = SimpleWorker(["desk"], connection=redis, serializer=JSONSerializer)
                    worker.register_birth()
                    (one,) = installation.runners().workers
                    assert one.name == worker.name
                    assert one.heard_at
                    worker.register_death()
        dispose(other)


# -- the trail ------------------------------------------------------------------------------------


def trail(browser: Browser, query: str) -> str:
    return said(browser.get(f"/platform/audit?{query}").text)


def test_the_trail_is_narrowed_by_company_act_person_and_day(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    browser, other = desk(app), desk(app)
    settled(browser, chain, staff_voids="no")
    closed(other, other_chain)
    today = clock.now().date()
    yesterday = today - timedelta(days=1)
    told = "Counters take back"
    assert told in trail(browser, f"company={chain.slug}")
    assert told not in trail(browser, f"company={other_chain.slug}")
    assert "closed Corner Bakery" in trail(browser, f"company={other_chain.slug}")
    assert told not in trail(browser, f"company={chain.slug}&act=company.closed")
    assert told in trail(browser, f"company={chain.slug}&from={today}&to={today}")
    assert told not in trail(browser, f"company={chain.slug}&to={yesterday}")
    assert told not in trail(browser, f"company={chain.slug}&who=1")
    assert "No act is found" in trail(browser, "company=no-such-company")
    assert "Type a day such as" in trail(browser, "from=yesterday")


def test_the_offices_acts_are_told_without_their_names(app: Flask, chain: Chain) -> None:
    shop = {"name": "Third", "timezone": "Europe/Luxembourg", "address": ""}
    assert chain.office().post("/admin/vendors/new", data=shop).status_code == 303
    page = trail(desk(app), f"company={chain.slug}&whose=all")
    assert "Somebody of the office at Corner Bakery: vendor.added" in page
    _filters, acts = page.split("</form>")[-2:]  # the filters name whoever was an operator
    assert chain.admin.name not in acts
    assert "vendor.added" not in trail(desk(app), f"company={chain.slug}")


def test_acts_of_a_former_operator_stay(app: Flask, chain: Chain) -> None:
    from app import tenancy
    from app.accounts.users import User
    from app.extensions import db

    browser = desk(app)
    settled(browser, chain, staff_voids="no")
    with chain.acting() as session:
        act = audit.AuditEntry.act == "operator.setting"
        who = session.scalars(select(audit.AuditEntry.user_id).where(act)).one()
    with app.app_context(), tenancy.crossing():
        db.session.get_one(User, who).is_operator = False
        db.session.commit()
    page = trail(desk(app), f"company={chain.slug}")
    assert "Opal Orr set for Corner Bakery" in page


def test_the_trail_streams_as_safe_cells(app: Flask, chain: Chain) -> None:
    browser = desk(app)
    settled(browser, chain, staff_voids="no", self_enrolment="no")
    with chain.acting() as session:
        audit.record("=cmd", subject_id=1, note="@x")
        session.commit()
    answer = browser.get(f"/platform/audit.csv?company={chain.slug}&whose=all")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    acts = [row["act"] for row in rows]
    assert acts[0] == "'=cmd"
    assert acts.count("operator.setting") == 2
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[0]["occurred_at"])
    mine = next(row for row in rows if row["act"] == "operator.setting")
    assert mine["operator"] == "Opal Orr"


def test_a_stream_of_the_trail_leaves_out_nothing_between_its_pieces(
    app: Flask, chain: Chain, monkeypatch: object
) -> None:
    from app.modules.loyalty.pages.operators import trail as page

    monkeypatch.setattr(page, "_AT_ONCE", 3)  # type: ignore[attr-defined]
    with chain.acting() as session:
        for turn in range(7):
            audit.record("probe", subject_id=turn)
        session.commit()
    answer = desk(app).get(f"/platform/audit.csv?company={chain.slug}&whose=all&act=probe")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [int(row["subject"]) for row in rows] == [6, 5, 4, 3, 2, 1, 0]
