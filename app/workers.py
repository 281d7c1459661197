"""The processes of `flask jobs work` and `flask jobs schedule`, and the server's own threads.

The database holds what is to be done; Redis only wakes. The scheduler looks once a second and
enqueues one job that drains a batch; a worker drains by itself too, every few seconds, so that a
Redis that was flushed, killed or never came costs no more than that.

Whoever is told to stop ends what it has begun and begins nothing more.
"""

import atexit
import logging
import signal
import threading
from collections.abc import Callable
from multiprocessing import util as processes
from typing import Any

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from . import jobs, schedules
from .modules.loyalty.wallet import PLATFORMS, sync, waking
from .outbox import committed

log = logging.getLogger(__name__)

QUEUE = "regulars"
_LOOK_SECONDS = 1.0
_FALLBACK_SECONDS = 10.0
_WAKE_KEY = "regulars:awake"
_WAKE_SECONDS = 2
_PATIENCE_SECONDS = 25  # a server that ends waits for its threads, and is killed after thirty
_stopping = threading.Event()


def drain() -> None:
    """What a worker runs when it is woken: batches until nothing is due, then what the clock
    says."""
    while not _stopping.is_set() and jobs.drain():
        pass
    _tick(_stopping)


class Woken(SimpleWorker):
    """RQ's worker, in this process. Its own way to stop asks Redis first, which may be gone."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        """End what is under way, then stop; at once where nothing is."""
        _stopping.set()
        if self.get_state() == WorkerStatus.BUSY:
            self._stop_requested = True
        else:
            raise StopRequested


def work(app: Flask, url: str, stop: threading.Event) -> None:
    """A worker until SIGTERM: what is under way is finished first."""
    fallback = threading.Thread(target=_look_after, args=(app,), daemon=True)
    passes = threading.Thread(target=keep_passes, args=(app, _stopping), daemon=True)
    fallback.start()
    passes.start()
    while not (_stopping.is_set() or stop.is_set()):
        handlers = {ends: signal.getsignal(ends) for ends in (signal.SIGTERM, signal.SIGINT)}
        try:
            with Redis.from_url(url) as redis, app.app_context():
                worker = Woken([QUEUE], connection=redis, serializer=JSONSerializer)
                worker.work(logging_level="WARNING")
        except (RedisError, StopRequested):
            pass  # whether anybody asked for the end is asked next
        finally:
            for ends, handler in handlers.items():  # RQ has put its own in their place
                signal.signal(ends, handler)
        if not _stopping.is_set():
            log.warning("Redis does not answer; the database is looked at directly meanwhile")
            stop.wait(_FALLBACK_SECONDS)
    _stopping.set()
    waking.now()
    passes.join(timeout=_PATIENCE_SECONDS)
    fallback.join(timeout=_PATIENCE_SECONDS)


def schedule(app: Flask, url: str | None, stop: threading.Event) -> None:
    """Look once a second whether anything is due, and wake a worker, or do it where there is no
    Redis."""
    while not stop.wait(_LOOK_SECONDS):
        try:
            with app.app_context():
                if url is None:
                    _tick(stop)
                elif jobs.anything_due() or schedules.anything_to_do():
                    wake(url)
        except Exception:
            log.exception("the schedules could not be looked at")


def drain_until(app: Flask, stop: threading.Event) -> None:
    """Drain until `stop` is set: at once after a commit of this process, else every second.

    Stamps announce nothing, so that under load a second's events are closed together and not
    each batch of a few takes the writer's place.
    """
    while not stop.is_set():
        try:
            with app.app_context():
                handled = jobs.drain()
        except Exception as fault:  # a database that is away comes back
            log.warning("the outbox could not be drained: %s", type(fault).__name__)
            handled = 0
        if handled < jobs.BATCH:
            committed.wait(_LOOK_SECONDS)
            committed.clear()


def keep_passes(app: Flask, stop: threading.Event) -> None:
    """Keep the passes of all phones true until `stop` is set; what is under way is ended first.

    Each platform by itself: one that does not answer makes the other wait for nothing.
    """
    engines = [
        threading.Thread(target=_keep, args=(app, platform, stop), daemon=True)
        for platform in PLATFORMS
    ]
    for engine in engines:
        engine.start()
    for engine in engines:
        engine.join()


def _keep(app: Flask, platform: str, stop: threading.Event) -> None:
    """At once after a commit of this process that marked passes, else every second."""
    marked = waking.marked[platform]
    while not stop.is_set():
        marked.clear()  # before looking, so that what is marked meanwhile is seen
        try:
            with app.app_context():
                looked = sync.step(platform=platform, stop=stop)
        except Exception as fault:  # a database that is away comes back
            log.warning("no passes could be synced: %s", type(fault).__name__)
            looked = 0
        if not looked:
            marked.wait(_LOOK_SECONDS)


def start_embedded(app: Flask) -> Callable[[], None]:
    """A thread that drains while the server lives; the answer stops it, and exit calls that.

    Only the server starts one: tests and commands drain by themselves.
    """
    return _beside(drain_until, app, name="jobs")


def start_embedded_scheduler(app: Flask) -> Callable[[], None]:
    """The same for the clock's work, where no Redis says that workers do it."""
    return _beside(lambda own, stop: schedule(own, None, stop), app, name="schedules")


def start_embedded_wallet(app: Flask) -> Callable[[], None]:
    """The same for the phones' passes."""
    return _beside(keep_passes, app, name="wallet")


def _beside(
    run: Callable[[Flask, threading.Event], None], app: Flask, *, name: str
) -> Callable[[], None]:
    """Run it in a thread of the server, which tells it to stop when it ends itself."""
    stop = threading.Event()
    runner = threading.Thread(target=run, args=(app, stop), name=name, daemon=True)

    def end() -> None:
        stop.set()
        committed.set()
        waking.now()
        runner.join(timeout=_PATIENCE_SECONDS)

    runner.start()
    atexit.register(end)
    processes.Finalize(None, end, exitpriority=100)  # a server's child process skips atexit
    return end


def wake(url: str) -> None:
    """One job for any number of events: while one waits, no other is enqueued. However long its
    nights take, RQ leaves it alone: what it holds is leased, and not by RQ."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as redis:
            if redis.set(_WAKE_KEY, 1, nx=True, ex=_WAKE_SECONDS):
                Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue(
                    "app.workers.drain", job_timeout=-1, result_ttl=0, failure_ttl=3_600
                )
    except RedisError:
        log.warning("Redis does not answer; a worker will look by itself")


def _tick(stop: threading.Event) -> None:
    """Nights one by one, so that whoever is to stop has one to end."""
    while not stop.is_set() and schedules.tick(1):
        pass


def _look_after(app: Flask) -> None:
    while not _stopping.wait(_FALLBACK_SECONDS):
        try:
            with app.app_context():
                drain()
        except Exception:
            log.exception("the outbox could not be drained")
