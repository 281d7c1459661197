"""What this process counts for `/metrics`: nothing at all until `begin`, a microsecond a count
afterwards.

The server's processes keep their counts in files of one folder, of which each can tell the sum.
Labels are routes, codes and kinds, never a company's name or a path: there are few of them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_JOB_SECONDS = (0.01, 0.1, 1, 10, 60, 600)


class Meters:
    """The counters of this process; the library is not even loaded where nobody asks for them."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge, Histogram  # noqa: PLC0415 - see `begin`

        self.known: dict[tuple[str, ...], Any] = {}  # finding a counter costs as much as counting
        self.requests = Counter(
            "regulars_http_requests", "Requests answered.", ("endpoint", "method", "status")
        )
        self.seconds = Histogram(
            "regulars_http_request_seconds",
            "How long requests took.",
            ("endpoint", "method"),
            buckets=_REQUEST_SECONDS,
        )
        self.refusals = Counter("regulars_refusals", "Refusals shown to a caller.", ("code",))
        self.lines = Counter("regulars_ledger_lines", "Ledger lines written.", ("type",))
        self.jobs = Counter(
            "regulars_jobs", "Tries of jobs: done, failed or dead.", ("kind", "outcome")
        )
        self.job_seconds = Histogram(
            "regulars_job_seconds", "How long a job's try took.", ("kind",), buckets=_JOB_SECONDS
        )
        self.wallet = Counter(
            "regulars_wallet_passes",
            "Passes synced: sent, the same as before, or failed.",
            ("platform", "outcome"),
        )
        self.connections = Gauge(
            "regulars_database_connections_in_use",
            "Connections that a request or job holds at this moment.",
            multiprocess_mode="livesum",
        )

    def of(self, meter: Any, *labels: str) -> Any:
        """The counter under these labels."""
        key = (meter._name, *labels)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = meter.labels(*labels)
        return found


_meters: Meters | None = None


def begin(*, shared: bool) -> None:
    """Count from now on; `shared`, together with the processes of the same parent.

    The library decides when it is loaded how it keeps its values, and so is loaded here.
    """
    global _meters  # noqa: PLW0603 - the process has one set
    if _meters is None:
        if shared:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder())
        _meters = Meters()


def serve(port: int) -> None:
    """Count from now on, and tell it on this port: for a process that has no pages."""
    from prometheus_client import start_http_server  # noqa: PLC0415

    begin(shared=False)
    start_http_server(port)


def watch(engine: Engine) -> None:
    """Count the connections of this engine that are in use."""
    if _meters:
        connections = _meters.connections
        event.listen(engine, "checkout", lambda *_: connections.inc())
        event.listen(engine, "checkin", lambda *_: connections.dec())


def request(endpoint: str | None, method: str, status: int, seconds: float) -> None:
    """A request was answered; an endpoint of None is an address that leads nowhere."""
    if _meters:
        where, how = endpoint or "none", method if method in _METHODS else "other"
        _meters.of(_meters.requests, where, how, str(status)).inc()
        _meters.of(_meters.seconds, where, how).observe(seconds)


def refused(code: str) -> None:
    """A refusal was shown."""
    if _meters:
        _meters.of(_meters.refusals, code).inc()


def lines(kind: str, number: int = 1) -> None:
    """Lines of one type were written; their transaction may still fail to commit."""
    if _meters:
        _meters.of(_meters.lines, kind).inc(number)


def job(kind: str, outcome: str, seconds: float) -> None:
    """A try of a job ended: `done`, `failed` or `dead`."""
    if _meters:
        _meters.of(_meters.jobs, kind, outcome).inc()
        _meters.of(_meters.job_seconds, kind).observe(seconds)


def wallet(platform: str, outcome: str, number: int) -> None:
    """So many passes were `sent`, were the `same` as before, or `failed`."""
    if _meters and number:
        _meters.of(_meters.wallet, platform, outcome).inc(number)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is asked at each scrape instead of counted; a value of its own for each kind, or one."""

    name: str
    about: str
    value: float | Mapping[str, float]

    def family(self) -> Any:
        """As the library tells it."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        if not isinstance(self.value, Mapping):
            return GaugeMetricFamily(self.name, self.about, value=self.value)
        family = GaugeMetricFamily(self.name, self.about, labels=["kind"])
        for kind, value in self.value.items():
            family.add_metric([kind], value)
        return family


def counting() -> bool:
    """Whether this process counts."""
    return _meters is not None


def exposition(figures: Iterable[Figure]) -> tuple[bytes, str]:
    """`(text, its content type)`: these figures, and what the processes of this server counted."""
    from prometheus_client import (  # noqa: PLC0415
        CONTENT_TYPE_LATEST,
        REGISTRY,
        CollectorRegistry,
        generate_latest,
        multiprocess,
    )
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Told(Collector):
        def collect(self) -> Iterator[Any]:
            return (figure.family() for figure in figures)

    asked = CollectorRegistry()
    asked.register(Told())
    registry = REGISTRY
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        _forget_the_dead(Path(folder))
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(asked) + generate_latest(registry), CONTENT_TYPE_LATEST


def _folder() -> Path:
    """The folder of this server: its processes have one parent. Those of servers that are gone
    are taken away, so that counts begin at nought with each start."""
    every = Path(tempfile.gettempdir()) / f"regulars-metrics-{os.getuid()}"
    every.mkdir(mode=0o700, exist_ok=True)
    if every.stat().st_uid != os.getuid():
        raise RuntimeError(f"{every} belongs to somebody else")
    for folder in every.iterdir():
        if not _lives(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    own = every / str(os.getppid())
    own.mkdir(exist_ok=True)
    return own


def _forget_the_dead(folder: Path) -> None:
    """What a process that was killed held at that moment, it holds no more."""
    for file in folder.glob("gauge_live*.db"):
        if not _lives(file.stem.rpartition("_")[2]):
            file.unlink(missing_ok=True)


def _lives(process: str) -> bool:
    with suppress(PermissionError):  # somebody else's lives, too
        try:
            os.kill(int(process), 0)
        except (ProcessLookupError, ValueError):
            return False
    return True
