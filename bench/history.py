"""P4: a stamp with ten million lines and a million cards behind it, beside one with a thousand;
and P7, what reading costs there."""

import time
from contextlib import ExitStack
from pathlib import Path

from tests.prove.cluster import Cluster
from tests.prove.stage import Stage

from . import house, reading
from .figures import Rounds, figure, goal, say
from .house import KINDS, POSTGRESQL, SQLITE, House
from .load import Plan
from .loaded import stage_of

FULL = {POSTGRESQL: 10_000_000, SQLITE: 1_000_000}  # lines
FEW = 1_000  # cards and lines
LINES_OF_A_CARD = 10


def few(kind: str) -> str:
    """The name of a database's small stage."""
    return f"{kind} of {FEW:,} lines"


def _stages(cluster: Cluster, folder: Path, lines: dict[str, int]) -> dict[str, Stage]:
    """Both databases with so many lines, kept in `folder`, and each small one, made anew."""
    stages = {}
    for kind, url, own in house.databases(cluster, folder, "many"):
        began, many = time.monotonic(), lines[kind]
        stages[kind] = stage_of(url, own, cards=many // LINES_OF_A_CARD, lines=many)
        say(f"{kind}: {many:,} lines are there, {time.monotonic() - began:.0f} s")
    for kind, url, own in house.databases(cluster, folder, "few", anew=True):
        stages[few(kind)] = stage_of(url, own, cards=FEW, lines=FEW)
    return stages


class History:
    """Rounds of stamps on the small and the large stage of each database, in turn."""

    def __init__(self, arena: House, *, seconds: float) -> None:
        self.house, self.seconds, self.rounds = arena, seconds, Rounds()

    def round(self) -> None:
        for kind in KINDS:
            for name in (few(kind), kind):
                stage = self.house.stages[name]
                plan = Plan(
                    port=self.house.port(name),
                    path="/api/v1/stamps/add",
                    body=stage.stamp_body(),
                    headers=stage.headers,
                    cards=stage.cards,
                    seconds=self.seconds,
                )
                self.rounds.add(f"stamp {name}", self.house.drive(name, plan, status=201)[0])

    def tell(self) -> None:
        for name in self.rounds.samples:
            figure(name, self.rounds.values(name, lambda s: s.rate), "a second")
            figure(f"{name}, p99", self.rounds.values(name, lambda s: s.p99_ms), "ms", digits=2)
            figure(f"{name}, CPU", self.rounds.values(name, lambda s: s.cpu_ms), "ms", digits=3)
        say("")
        for kind in KINDS:
            ratios = self.rounds.ratios(f"stamp {kind}", f"stamp {few(kind)}", lambda s: s.rate)
            goal("P4", f"stamps at full size, {kind}", [100 * r for r in ratios], at_least=85)


def run(*, folder: Path, lines: int | None, rounds: int, seconds: float) -> None:
    """P4 and P7 on stages that stay in `folder`; `lines` instead of the full sizes."""
    sizes = {kind: lines or full for kind, full in FULL.items()}
    say(f"\nP4, P7: {sizes[POSTGRESQL]:,} lines on PostgreSQL, kept in {folder}")
    with house.kept(folder) as cluster:
        stages = _stages(cluster, folder, sizes)
        arena = House(folder, cluster, stages, {}, {}, {})
        bench = History(arena, seconds=seconds)
        with ExitStack() as servers:
            for name in stages:
                arena.serve(servers, name)
            for number in range(rounds):
                bench.round()
                say(f"round {number + 1} of {rounds}")
        readings = reading.measured({kind: stages[kind] for kind in KINDS}, rounds)
    say("")
    bench.tell()
    for one in readings:
        one.tell()
