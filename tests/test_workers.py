"""The processes beside the web server: woken through Redis, and without it not much later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from app.outbox import DONE
from config import ROOT
from tests import servers
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases
from tests.test_jobs import event, put


@contextmanager
def process(environ: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    run = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
    )
    try:
        yield run
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 0


def until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(params=[True, False], ids=["redis", "alone"])
def redis(request: pytest.FixtureRequest, redis_url: str) -> str | None:
    """The Redis that wakes the worker, or none."""
    return redis_url if request.param else None


def test_what_was_committed_is_worked_off(
    kind: str,
    databases: Databases,
    templates: Callable[[str], str],
    redis: str | None,
    tmp_path: Path,
) -> None:
    url = databases.create(kind, like=templates(kind))
    chain = Chain.open(make_app(url, tmp_path))
    more = {"REDIS_URL": redis} if redis else {}
    environ = servers.environment(url, tmp_path / "instance", **more)
    with process(environ, "work"), process(environ, "schedule"):
        put(chain)
        assert until(lambda: event(chain).state == DONE, 20)
        if redis:
            Redis.from_url(redis).flushall()
        put(chain, "probe.again")
        assert until(lambda: event(chain, "probe.again").state == DONE, 20)
    dispose(chain.app)
