"""What a part of the proof stands on: both kinds of database, and a place to say figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import POSTGRESQL, SQLITE

from . import cluster as clusters
from .cluster import Cluster
from .stage import Stage, build

KINDS = (SQLITE, POSTGRESQL)


@dataclass
class Ground:
    """One part's ground. A figure is a line; a promise is a line that holds or does not."""

    folder: Path
    cluster: Cluster
    size: float = 1.0
    broken: list[str] = field(default_factory=list)

    def figure(self, text: str) -> None:
        print(f"    {text}", flush=True)

    def promise(self, holds: bool, text: str) -> None:
        print(f"    {'holds ' if holds else 'BROKEN'}  {text}", flush=True)
        if not holds:
            self.broken.append(text)

    def scaled(self, full: int, least: int = 1) -> int:
        """A number of rounds, requests or rows, at the size that was asked for."""
        return max(least, int(full * self.size))

    def database(self, kind: str, name: str) -> str:
        """The URL of an empty database of this kind."""
        return f"sqlite:///{self.folder}/{name}.db" if kind == SQLITE else self.cluster.url(name)

    def stage(self, kind: str, name: str, **asked: Any) -> Stage:
        return build(self.database(kind, name), self.folder / f"{kind}-{name}", **asked)


@contextmanager
def ground(folder: Path, size: float) -> Iterator[Ground]:
    """A folder of its own and a private PostgreSQL for one part."""
    folder.mkdir(parents=True, exist_ok=True)
    with clusters.private_cluster() as cluster:
        yield Ground(folder, cluster, size)
