"""What a run measures against: a private PostgreSQL, a stage on each database, the servers."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.prove.cluster import Cluster, private_cluster
from tests.prove.stage import Stage
from tests.servers import Web, web_server

from . import load, processes
from .figures import Sample

BARE, POSTGRESQL, SQLITE = "bare", "PostgreSQL", "SQLite"


@dataclass
class House:
    """Everything that runs during a benchmark."""

    folder: Path
    cluster: Cluster
    stages: dict[str, Stage]
    limits: dict[str, Stage]  # apart: what the bare driver writes there proves nothing
    servers: dict[str, Web]
    started_in: dict[str, float]

    def port(self, name: str) -> int:
        return urlsplit(self.servers[name].url).port or 0

    def drive(self, name: str, plan: load.Plan, *, status: int) -> tuple[Sample, load.Tally]:
        """Load one server; raises RuntimeError on any answer but `status`."""
        pid = self.servers[name].process.pid
        before = processes.cpu_seconds(pid), processes.cpu_seconds(self.cluster.pid)
        tally = load.run(plan)
        app = processes.cpu_seconds(pid) - before[0]
        database = processes.cpu_seconds(self.cluster.pid) - before[1]
        if set(tally.statuses) != {str(status)}:
            raise RuntimeError(f"{plan.path} on {name} answered {tally.statuses}")
        per = 1e3 / tally.sent
        used = database * per if name == POSTGRESQL else 0.0
        return Sample(tally.rate, tally.p50_ms, tally.p99_ms, app * per, used), tally


@contextmanager
def opened(
    made: Callable[[str, Path], Stage], *, workers: int = 1, limits: bool = True
) -> Iterator[House]:
    """Make both stages, with `limits` twice each, and start the three servers, alike but for
    what they serve. `made` makes a stage of a database's URL and a folder."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = stack.enter_context(private_cluster())
        where = {
            POSTGRESQL: (cluster.url, folder / "pg"),
            SQLITE: (lambda name: f"sqlite:///{folder}/{name}.db", folder / "lite"),
        }
        stages = {kind: made(url("bench"), own) for kind, (url, own) in where.items()}
        apart = {kind: made(url("limit"), own) for kind, (url, own) in where.items() if limits}
        house = House(folder, cluster, stages, apart, {}, {})
        for name in (BARE, POSTGRESQL, SQLITE):
            own = stages[name].environ if name in stages else stages[SQLITE].environ
            own |= {"CLOCK_FILE": ""}  # the real clock, as in production: no file is read
            target = "wsgi:app" if name in stages else "bench.bare:app"
            began = time.monotonic()
            web = web_server(own, workers=workers if name != SQLITE else 1, target=target)
            house.servers[name] = stack.enter_context(web)
            house.started_in[name] = time.monotonic() - began
        yield house
