"""What an operator's tools are told: quickly, and the truth, whatever hangs."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests import servers
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, Databases


@pytest.fixture
def silence() -> Iterator[int]:
    """The port of a server that takes connections and never says anything."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield int(server.getsockname()[1])


def test_a_database_and_a_redis_that_hang_cost_seconds_and_then_nothing(
    silence: int, folder: Path
) -> None:
    application = make_app(
        f"postgresql+psycopg://nobody@127.0.0.1:{silence}/nothing",
        folder,
        REDIS_URL=f"redis://127.0.0.1:{silence}/0",
    )
    client = application.test_client()
    took, answers = [], []
    for path in ("/readyz", "/readyz", "/healthz"):
        begun = time.monotonic()
        answers.append(client.get(path))
        took.append(time.monotonic() - begun)
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].json == {
        "status": "not ready",
        "database": "the database does not answer",
        "redis": "Redis does not answer",
    }
    assert took[0] < 5
    assert took[2] < 1
    dispose(application)


def test_readiness_never_waits_for_the_writer(chain: Chain) -> None:
    """A long write elsewhere does not make an installation unready."""
    with chain.acting() as session:
        session.connection()  # SQLite: BEGIN IMMEDIATE
        begun = time.monotonic()
        answer = chain.app.test_client().get("/readyz")
        assert (answer.status_code, answer.json) == (200, {"status": "ready"})
        assert time.monotonic() - begun < 3


def test_metrics_are_off_unless_asked_for(chain: Chain) -> None:
    assert chain.browser().get("/metrics").status_code == 404


def figure(text: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels; 0 where there is none."""
    found = re.findall(rf"^{name}(?:{{(.*?)}})? (\S+)$", text, re.MULTILINE)
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(value) for told, value in found if all(each in told for each in wanted))


@pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True, scope="session")
def test_metrics_count_what_every_process_of_the_server_did(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    url = databases.create(kind, like=templates(kind))
    chain = Chain.open(make_app(url, tmp_path), cooldown_minutes=0, max_daily_stamps=None)
    numbers = [chain.card() for _ in range(12)]
    environ = servers.environment(url, tmp_path / "instance", METRICS="on")
    with (
        servers.web_server(environ, workers=2) as web,
        httpx2.Client(base_url=web.url, timeout=30) as client,
    ):
        api = chain.api_at(client)
        for number in numbers:
            stamp = {"card": number, "vendor": chain.vendor.slug}
            assert api.post("/stamps/add", stamp).status_code == 201
        client.headers["Connection"] = "close"  # any process may answer
        assert api.get("/cards/000000000000").status_code == 404
        told = {client.get("/metrics").text for _ in range(6)}.pop()
    stamps = {"endpoint": "api.stamps_add", "method": "POST"}
    assert figure(told, "regulars_http_requests_total", **stamps, status="201") == 12
    assert figure(told, "regulars_http_requests_total", status="404") == 1
    assert figure(told, "regulars_http_request_seconds_count", **stamps) == 12
    assert figure(told, "regulars_ledger_lines_total", type="stamps_added") == 12
    assert figure(told, "regulars_refusals_total", code="not-found") == 1
    assert figure(told, "regulars_database_up") == 1
    assert figure(told, "regulars_database_connections_in_use") in range(2 * 15)  # a moment's
    assert "regulars_outbox_oldest_seconds" in told
    assert "regulars_dead_letters 0.0" in told
    assert [each for each in (*numbers, chain.slug, "Corner Bakery") if each in told] == []
    dispose(chain.app)
