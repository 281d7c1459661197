"""The nightly clean-up: what it takes, what it never takes, killed on the way and doubled."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, select, update

from app import cleaning, clock, ids, jobs, mail, outbox, verify
from app.accounts.staff.sessions import StaffSession
from app.accounts.terminals import Terminal
from app.accounts.users import UserSession
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty.programs.models import ProgramDraft
from app.outbox import DEAD, DONE, PENDING, OutboxEvent
from tests.cast import Chain

Ago = Callable[[int], Any]


@pytest.fixture
def ago(monkeypatch: pytest.MonkeyPatch) -> Ago:
    """`with ago(days):` both clocks are that far back, the one that ids are made by included."""

    @contextmanager
    def back(days: int) -> Iterator[datetime]:
        real, moment = time.time_ns, clock.now() - timedelta(days=days)
        with monkeypatch.context() as moved, clock.at(moment):
            moved.setattr(ids, "_latest", [0])
            moved.setattr(time, "time_ns", lambda: real() - days * 86_400 * 10**9)
            yield moment

    return back


def clean(chain: Chain) -> dict[str, int]:
    with chain.acting():
        return cleaning.clean()


def worked_off(chain: Chain) -> None:
    with chain.app.app_context():
        while jobs.drain():
            pass


def held(chain: Chain, model: Any, *where: Any) -> int:
    with chain.acting() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def breaches(chain: Chain) -> list[str]:
    with chain.app.app_context():
        return [str(breach) for breach in verify.breaches(chain.company_id)]


def test_old_events_go_and_every_invariant_still_holds(chain: Chain, ago: Ago) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    with ago(100):
        number = chain.card()
        first = chain.api.post(
            "/stamps/add", {"card": number, "vendor": chain.vendor.slug}, key="for ever"
        )
        worked_off(chain)
    with ago(80):
        chain.stamp(number)
        worked_off(chain)
    before = held(chain, OutboxEvent)
    gone = clean(chain)["events"]
    assert gone >= 2
    assert held(chain, OutboxEvent) == before - gone > 0
    assert breaches(chain) == []
    assert clean(chain) == {}
    again = chain.api.post(
        "/stamps/add", {"card": number, "vendor": chain.vendor.slug}, key="for ever"
    )
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotent-Replay"] == "true"


def test_a_young_lines_missing_event_is_still_a_breach(chain: Chain, ago: Ago) -> None:
    """Sixty days long; older lines are held by the anchors."""
    with ago(59):
        number = chain.card()
        chain.stamp(number)
        worked_off(chain)
    with chain.acting() as session:
        session.execute(delete(OutboxEvent))
        session.commit()
    assert any("missing from the outbox" in each for each in breaches(chain))


def test_what_waits_what_was_given_up_and_what_no_figure_counts_stays(
    chain: Chain, ago: Ago
) -> None:
    with ago(400), chain.acting() as session:
        for state, line in ((PENDING, None), (DEAD, None), (DONE, 7), (DONE, None)):
            outbox.put(f"probe.{state}")
            session.flush()
            session.execute(
                update(OutboxEvent)
                .where(OutboxEvent.kind == f"probe.{state}", OutboxEvent.state == PENDING)
                .values(state=state, uncounted_line_id=line)
            )
        session.commit()
    assert clean(chain)["events"] == 1
    assert held(chain, OutboxEvent, OutboxEvent.kind.like("probe.%")) == 3


def test_what_ended_a_month_ago_goes(chain: Chain) -> None:
    now = clock.now()
    day = timedelta(days=1)
    with chain.acting() as session:
        for ends in (now - 31 * day, now - 29 * day):
            common = {"secret_hash": b"x" * 32, "ends_at": ends}
            at_till = {"staff_id": chain.staff.staff_id, "terminal_id": chain.terminal_id}
            session.add(StaffSession(id=new_id(), **common, **at_till))
            session.add(UserSession(id=new_id(), user_id=chain.admin.user_id, **common))
        session.execute(update(Terminal).values(code_hash=b"c" * 32, code_ends_at=now - 31 * day))
        draft = ProgramDraft(typed={"a": 1}, based_on=1, kept_at=now - 181 * day)
        session.add(draft)
        session.commit()
    gone = clean(chain)
    assert gone.pop("sessions in the office") >= 1  # of all companies: it is one person's
    assert gone == {"sessions at terminals": 1, "drafts": 1, "pairing codes": 1}
    assert held(chain, StaffSession) == 1
    assert held(chain, Terminal, Terminal.code_hash.is_not(None)) == 0


def test_written_mails_go_after_a_month(chain: Chain, ago: Ago) -> None:
    with chain.app.app_context():
        folder = mail.folder()
    folder.mkdir(parents=True, exist_ok=True)
    with ago(31):
        old = folder / f"{new_id()}.eml"
    young, other = folder / f"{new_id()}.txt", folder / "notes.txt"
    for file in (old, young, other):
        file.write_text("x")
    assert clean(chain)["written mails"] >= 1
    assert [old.exists(), young.exists(), other.exists()] == [False, True, True]
    young.unlink()
    other.unlink()


@pytest.fixture
def many(chain: Chain, ago: Ago, monkeypatch: pytest.MonkeyPatch) -> int:
    """Old events that are done, in batches of two; how many."""
    monkeypatch.setattr(cleaning, "BATCH", 2)
    with ago(100), chain.acting() as session:
        session.execute(delete(OutboxEvent))  # what opening the company had to tell
        for number in range(11):
            outbox.put("probe", n=number)
        session.execute(update(OutboxEvent).values(state=DONE))
        session.commit()
    return held(chain, OutboxEvent)


def test_killed_on_the_way_it_goes_on_where_it_was(app: Flask, chain: Chain, many: int) -> None:
    seen = 0

    def kill(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal seen
        seen += "DELETE FROM outbox" in statement
        if seen == 3:
            raise KeyboardInterrupt

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", kill)
    try:
        with pytest.raises(KeyboardInterrupt):
            clean(chain)
    finally:
        event.remove(engine, "before_cursor_execute", kill)
    assert held(chain, OutboxEvent) == many - 4
    assert clean(chain) == {"events": many - 4}
    assert clean(chain) == {}


def test_three_at_once_take_everything_once(chain: Chain, many: int) -> None:
    gone: list[int] = []
    at_once = [
        threading.Thread(target=lambda: gone.append(clean(chain).get("events", 0)))
        for _ in range(3)
    ]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    gone.append(clean(chain).get("events", 0))
    assert sum(gone) == many
    assert held(chain, OutboxEvent) == 0
