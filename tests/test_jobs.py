"""After-commit work: leased, handled at least once, retried, buried, and never in the way."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, jobs, outbox, tenancy, workers
from app.extensions import db
from app.outbox import DEAD, DONE, PENDING, OutboxEvent
from tests.cast import Chain


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


Handle = Callable[[jobs.Handler], None]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Handle]:
    """Let a function handle the events of kind `probe`."""

    def register(handler: jobs.Handler) -> None:
        monkeypatch.setitem(jobs.HANDLERS, "probe", handler)

    return register


def put(chain: Chain, kind: str = "probe", **body: Any) -> None:
    with chain.acting() as session:
        outbox.put(kind, **body)
        session.commit()


def drained(app: Flask) -> int:
    """Everything that is due, as the runner would."""
    total = 0
    with app.app_context():
        while handled := jobs.drain():
            total += handled
    return total


def event(chain: Chain, kind: str = "probe") -> OutboxEvent:
    with chain.acting() as session:
        return session.scalars(select(OutboxEvent).where(OutboxEvent.kind == kind)).one()


def test_an_event_is_handled_in_its_own_company_and_marked_done(
    app: Flask, chain: Chain, other_chain: Chain, handle: Handle
) -> None:
    seen = []
    handle(lambda task: seen.append((tenancy.company_id(), task.body["n"])))
    put(chain, n=1)
    put(other_chain, n=2)
    drained(app)
    assert sorted(seen) == sorted([(chain.company_id, 1), (other_chain.company_id, 2)])
    assert event(chain).state == event(other_chain).state == DONE


def test_a_done_event_is_not_handled_again(app: Flask, chain: Chain, handle: Handle) -> None:
    seen = []
    handle(lambda task: seen.append(task.id))
    put(chain)
    drained(app)
    drained(app)
    assert len(seen) == 1


def test_what_a_handler_writes_is_committed_with_the_mark(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    handle(lambda task: outbox.put("probe.follows", of=str(task.id)))
    put(chain)
    drained(app)
    assert event(chain).state == DONE
    assert event(chain, "probe.follows").body == {"of": str(event(chain).id)}


def test_a_failure_writes_nothing_and_is_tried_again_later(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    def fail(task: jobs.Task) -> None:
        outbox.put("probe.follows")
        db.session.flush()
        raise RuntimeError("anouk@example.org was refused")

    handle(fail)
    put(chain)
    drained(app)
    failed = event(chain)
    assert (failed.state, failed.attempts, failed.leased_until) == (PENDING, 1, None)
    assert failed.due_at > clock.now()
    assert failed.last_error == "RuntimeError in fail", "no words of the fault: they hold addresses"
    with chain.acting() as session:
        assert not session.scalar(select(OutboxEvent).where(OutboxEvent.kind == "probe.follows"))
    handle(lambda task: None)
    with clock.at(failed.due_at + timedelta(seconds=1)):
        drained(app)
    assert event(chain).state == DONE


def test_one_failing_event_does_not_stop_the_others(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    seen = []

    def fail_for_one(task: jobs.Task) -> None:
        seen.append(task.body["n"])
        if task.body["n"] == 1:
            raise RuntimeError

    handle(fail_for_one)
    for number in (0, 1, 2):
        put(chain, n=number)
    drained(app)
    assert seen == [0, 1, 2]


def test_after_the_last_try_an_event_is_dead_and_says_why(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    def fail(task: jobs.Task) -> None:
        raise RuntimeError

    handle(fail)
    put(chain)
    moment = clock.now()
    for _try in range(jobs.MOST_TRIES):
        with clock.at(moment):
            drained(app)
        moment += timedelta(hours=2)
    dead = event(chain)
    assert (dead.state, dead.attempts) == (DEAD, jobs.MOST_TRIES)
    assert dead.last_error == "RuntimeError in fail"


def test_a_leased_event_is_nobody_elses_until_the_lease_ends(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    seen = []

    def die(task: jobs.Task) -> None:
        raise SystemExit  # what a kill looks like from inside: nothing is put back

    handle(die)
    put(chain)
    with pytest.raises(SystemExit):
        drained(app)
    handle(lambda task: seen.append(task.attempts))
    drained(app)
    assert not seen
    with clock.at(clock.now() + timedelta(seconds=jobs.LEASE_SECONDS + 1)):
        drained(app)
    assert seen == [2]
    assert event(chain).state == DONE


def test_an_event_whose_worker_dies_each_time_ends_dead(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    def die(task: jobs.Task) -> None:
        raise SystemExit

    handle(die)
    put(chain)
    moment = clock.now()
    for _try in range(jobs.MOST_TRIES):
        with clock.at(moment), pytest.raises(SystemExit):
            drained(app)
        moment += timedelta(seconds=jobs.LEASE_SECONDS + 1)
    with clock.at(moment):
        drained(app)
    assert event(chain).state == DEAD


def test_a_worker_that_lost_its_lease_changes_nothing(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    """The first is slow; the second takes over and fails; the first must not say done."""
    taken_over = []

    def slow(task: jobs.Task) -> None:
        if not taken_over:
            taken_over.append(task.id)
            db.session.rollback()
            other = threading.Thread(target=drain_later)
            other.start()
            other.join()

    def drain_later() -> None:
        with clock.at(clock.now() + timedelta(seconds=jobs.LEASE_SECONDS + 1)):
            handle(fail)
            drained(app)

    def fail(task: jobs.Task) -> None:
        raise RuntimeError

    handle(slow)
    put(chain)
    with app.app_context():
        jobs.drain()
    assert (event(chain).state, event(chain).attempts) == (PENDING, 2)


def test_many_drains_at_once_handle_each_event_once(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    seen: list[int] = []
    handle(lambda task: seen.append(task.id))
    with chain.acting() as session:
        for _number in range(60):
            outbox.put("probe")
        session.commit()
    workers = [threading.Thread(target=drained, args=(app,)) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(seen) == 60
    assert len(set(seen)) == 60


def test_events_nobody_handles_are_done_without_a_try(app: Flask, chain: Chain) -> None:
    put(chain, "nobody.cares")
    drained(app)
    ignored = event(chain, "nobody.cares")
    assert (ignored.state, ignored.attempts) == (DONE, 0)


def test_an_effect_runs_outside_any_transaction(app: Flask, chain: Chain, handle: Handle) -> None:
    open_during: list[bool] = []
    handle(lambda task: lambda: open_during.append(db.session.in_transaction()))
    put(chain)
    drained(app)
    assert open_during == [False]
    assert event(chain).state == DONE


def test_the_waits_double_up_to_an_hour_and_are_spread() -> None:
    waits = [jobs.backoff_seconds(10) for _try in range(50)]
    assert len(set(waits)) > 1
    assert all(0.75 * 2560 <= wait <= 1.25 * 2560 for wait in waits)
    assert jobs.backoff_seconds(30) <= 1.25 * 3600


def test_the_embedded_runner_handles_what_was_just_committed_and_stops(
    app: Flask, chain: Chain, handle: Handle
) -> None:
    seen = threading.Event()
    handle(lambda task: seen.set())
    stop = workers.start_embedded(app)
    try:
        put(chain)
        assert seen.wait(timeout=10)
    finally:
        stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "jobs"]


def test_no_runner_lives_in_tests_and_commands() -> None:
    assert not [thread for thread in threading.enumerate() if thread.name == "jobs"]
