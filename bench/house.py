"""What a run measures against: a PostgreSQL of its own, stages on each database, the servers."""

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
KINDS = (POSTGRESQL, SQLITE)

Made = Callable[[str, Path], Stage]  # a stage, of a database's URL and a folder


@dataclass
class House:
    """Everything that runs during a benchmark; stages and servers by the name they have in it."""

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
        used = database * per if name in self.stages and not self.stages[name].sqlite else 0.0
        return Sample(tally.rate, tally.p50_ms, tally.p99_ms, app * per, used), tally

    def serve(self, stack: ExitStack, name: str, *, workers: int = 1) -> None:
        """Start the server of a stage, or the bare one; `stack` ends it."""
        stage = self.stages.get(name)
        own = (stage or self.stages[SQLITE]).environ
        own |= {"CLOCK_FILE": ""}  # the real clock, as in production: no file is read
        target = "wsgi:app" if stage else "bench.bare:app"
        one_writer = stage is not None and stage.sqlite
        began = time.monotonic()
        web = web_server(own, workers=1 if one_writer else workers, target=target)
        self.servers[name] = stack.enter_context(web)
        self.started_in[name] = time.monotonic() - began


@contextmanager
def opened(made: Made, *, workers: int = 1, limits: bool = True) -> Iterator[House]:
    """Make both stages, with `limits` twice each, and start the three servers, alike but for
    what they serve."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = stack.enter_context(private_cluster())
        stages = _on_both(cluster, folder, "bench", made)
        apart = _on_both(cluster, folder, "limit", made) if limits else {}
        house = House(folder, cluster, stages, apart, {}, {})
        for name in (BARE, POSTGRESQL, SQLITE):
            house.serve(stack, name, workers=workers)
        yield house


def databases(
    cluster: Cluster, folder: Path, name: str, *, anew: bool = False, like: str = ""
) -> Iterator[tuple[str, str, Path]]:
    """`(kind, url, folder of the installation)` of the database of this name on each. `anew`:
    what is left of an earlier run goes first; `like`: and a copy of that one takes its place."""
    file = folder / f"{name}.db"
    if anew or like:
        cluster.drop(name)
        for path in folder.glob(f"{file.name}*"):
            path.unlink()
    if like:
        cluster.copy(like, name)
        shutil.copy(folder / f"{like}.db", file)
    yield POSTGRESQL, cluster.url(name), folder / "pg-instance"
    yield SQLITE, f"sqlite:///{file}", folder / "lite-instance"


def _on_both(cluster: Cluster, folder: Path, name: str, made: Made) -> dict[str, Stage]:
    return {kind: made(url, own) for kind, url, own in databases(cluster, folder, name)}


@contextmanager
def kept(folder: Path) -> Iterator[Cluster]:
    """The cluster of a folder that stays: what was loaded once is there at the next run.

    PostgreSQL may run as another user, who has to reach it; its socket lies there too, and the
    path of a socket has at most 107 characters.
    """
    home = folder.resolve() / "pg"
    home.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(home)
    try:
        yield cluster
    finally:
        cluster.stop()
