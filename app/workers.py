"""The processes of `flask jobs work` and `flask jobs schedule` where a Redis is set.

The database holds what is to be done; Redis only wakes. The scheduler looks once a second and
enqueues one job that drains a batch; a worker drains by itself too, every few seconds, so that a
Redis that was flushed, killed or never came costs no more than that.
"""

import logging
import threading

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from . import jobs, schedules

log = logging.getLogger(__name__)

QUEUE = "regulars"
_LOOK_SECONDS = 1.0
_FALLBACK_SECONDS = 10.0
_WAKE_KEY = "regulars:awake"
_WAKE_SECONDS = 2


def drain() -> None:
    """What a worker runs when it is woken: batches until nothing is due."""
    while jobs.drain() >= jobs.BATCH:
        pass
    schedules.tick()


def work(app: Flask, url: str, stop: threading.Event) -> None:
    """A worker until SIGTERM: what is under way is finished first."""
    fallback = threading.Thread(target=_look_after, args=(app, stop), daemon=True)
    fallback.start()
    while not stop.is_set():
        try:
            with Redis.from_url(url) as redis, app.app_context():
                worker = SimpleWorker([QUEUE], connection=redis, serializer=JSONSerializer)
                worker.work(logging_level="WARNING")
                stop.set()
        except RedisError:
            log.warning("Redis does not answer; the database is looked at directly meanwhile")
            stop.wait(_FALLBACK_SECONDS)
    fallback.join(timeout=30)


def schedule(app: Flask, url: str | None, stop: threading.Event) -> None:
    """Look once a second whether anything is due, and wake a worker, or do it where there is no
    Redis."""
    while not stop.wait(_LOOK_SECONDS):
        try:
            with app.app_context():
                if url is None:
                    schedules.tick()
                elif jobs.anything_due() or schedules.anything_to_do():
                    wake(url)
        except Exception:
            log.exception("the schedules could not be looked at")


def start_embedded_scheduler(app: Flask) -> None:
    """The clock's work in a thread of the server, where no Redis says that workers do it."""
    threading.Thread(
        target=schedule, args=(app, None, threading.Event()), name="schedules", daemon=True
    ).start()


def wake(url: str) -> None:
    """One job for any number of events: while one waits, no other is enqueued."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as redis:
            if redis.set(_WAKE_KEY, 1, nx=True, ex=_WAKE_SECONDS):
                Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue(
                    "app.workers.drain", result_ttl=0, failure_ttl=3_600
                )
    except RedisError:
        log.warning("Redis does not answer; a worker will look by itself")


def _look_after(app: Flask, stop: threading.Event) -> None:
    while not stop.wait(_FALLBACK_SECONDS):
        try:
            with app.app_context():
                drain()
        except Exception:
            log.exception("the outbox could not be drained")
