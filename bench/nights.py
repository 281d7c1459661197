"""P6: a night in which a million cards lose their points, beside the bare statement.

Both have a company of their own in one database. The night pauses after every tenth of its cards
for as many of the bare statement, so that each tenth is compared with a limit of its own minute.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app import clock, tenancy
from app.accounts import companies
from app.database import sets
from app.extensions import db
from app.modules.loyalty import programs
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.expiry import service
from app.modules.loyalty.ledger import batches
from tests.prove.stage import Stage
from tests.prove.stage import opened as opened_app

from . import house
from .bare_night import OnPostgresql, OnSqlite
from .figures import figure, goal, say
from .house import POSTGRESQL, SQLITE
from .loaded import bulk_loaded, settled

CARDS = {POSTGRESQL: 1_000_000, SQLITE: 100_000}
LINES_OF_A_CARD = 4  # three stamps and a sale: one lot each
_PARTS: dict[str, tuple[tuple[Any, str], ...]] = {
    "reading: cards locked, lots, silence": (
        (service, "lock_many"),
        (service, "open_lots"),
        (service, "_idle_since"),
    ),
    "deciding, and saying why": ((service, "_judged"), (service, "_expired")),
    "chaining: lines, hashes, events": ((batches, "line_of"), (batches, "event_of")),
    "writing": ((sets, "add_rows"), (sets, "change_rows")),
}


class Times:
    """Where the time of a night goes, by wrapping its functions while it runs."""

    def __init__(self) -> None:
        self.batches: list[float] = []  # seconds of each
        self.spent = dict.fromkeys(_PARTS, 0.0)

    @contextmanager
    def taken(self) -> Iterator[None]:
        wrapped: list[tuple[Any, str, Any]] = [(service, "_batch", self._batch)]
        for part, places in _PARTS.items():
            wrapped += [(module, name, self._part(part)) for module, name in places]
        before = [(module, name, getattr(module, name)) for module, name, _ in wrapped]
        for module, name, around in wrapped:
            setattr(module, name, _timed(getattr(module, name), around))
        try:
            yield
        finally:
            for module, name, function in before:
                setattr(module, name, function)

    def _batch(self, seconds: float) -> None:
        self.batches.append(seconds)

    def _part(self, part: str) -> Callable[[float], None]:
        def add(seconds: float) -> None:
            self.spent[part] += seconds

        return add


def _timed(function: Callable[..., Any], told: Callable[[float], None]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        answer = function(*given, **named)
        told(time.perf_counter() - began)
        return answer

    return timed


class Contest:
    """One night of one database, and the bare statement in its pauses."""

    def __init__(self, ours: Stage, bare: Stage, *, cards: int) -> None:
        self.ours, self.cards, self.times = ours, cards, Times()
        self.bare = (OnSqlite if bare.sqlite else OnPostgresql)(bare)
        self.slice = max(1, cards // 10)
        self.done = self.counted = 0
        self.since = 0.0
        self.rates: list[tuple[float, float]] = []  # cards a second, ours and bare

    def run(self) -> None:
        with self.ours.acting(), self.times.taken():
            self.since = time.perf_counter()
            outcome = service.expire(advance=self._advance)
            left = db.session.scalar(select(func.sum(LoyaltyCard.points_balance)))
        self.bare.close()
        if (outcome.cards, outcome.failed, left) != (self.cards, [], 0):
            raise RuntimeError(f"the night took {outcome.cards} cards, and left {left} points")

    def _advance(self, cards: int) -> None:
        self.done += cards
        if self.done - self.counted < self.slice and self.done < self.cards:
            return
        ours = (self.done - self.counted) / (time.perf_counter() - self.since)
        began = time.perf_counter()
        there = self.bare.expire(self.done - self.counted)
        if there != self.done - self.counted:
            raise RuntimeError(f"the bare statement found {there} cards")
        self.rates.append((ours, there / (time.perf_counter() - began)))
        self.counted, self.since = self.done, time.perf_counter()

    def tell(self, kind: str) -> None:
        mine, theirs = ([rate[n] for rate in self.rates] for n in (0, 1))
        say(f"{kind}, {self.cards:,} cards:")
        figure("expiry", mine, "cards a second")
        figure("the bare statement", theirs, "cards a second")
        for part, seconds in self.times.spent.items():
            figure(f"  {part}", [1e6 * seconds / self.cards], "µs a card", digits=1)
        rest = sum(self.times.batches) - sum(self.times.spent.values())
        figure("  committing, and the rest", [1e6 * rest / self.cards], "µs a card", digits=1)
        ratios = [bare / ours for ours, bare in self.rates]
        goal("P6", f"expiry to the bare statement, {kind}", ratios, at_most=1.25, unit="×")
        batches = sorted(1e3 * seconds for seconds in self.times.batches)
        figure("half of the batches within", [batches[len(batches) // 2]], "ms")
        figure("99 % of the batches within", [batches[len(batches) * 99 // 100]], "ms")
        longest = batches[-1:]
        goal("P6", f"the longest batch, {kind}", longest, at_most=100, unit="ms", digits=0)


def _stages(database_url: str, folder: Path, cards: int) -> tuple[Stage, Stage]:
    """Two companies of so many cards, each with points that have been silent for too long."""
    with opened_app(database_url, folder, migrate=True):
        fresh = bulk_loaded(2 * cards, 2 * cards * LINES_OF_A_CARD, company_count=2)
        ids = [companies.id_of(f"load-{n}") for n in (1, 2)]
        with tenancy.acting_as(ids[0]), clock.at(clock.now() - timedelta(days=300)):
            if fresh:
                programs.publish(
                    {"expiry": {"policy": "inactivity", "days": 30}, "expiry_notice_days": []}
                )
                db.session.commit()
    if fresh and not database_url.startswith("sqlite"):
        settled(database_url)
    ours = Stage(database_url, folder, ids[0], "", "", [], {}, "")
    return ours, replace(ours, company_id=ids[1])


def run(*, folder: Path, cards: int | None) -> None:
    """P6 on copies of what stays in `folder`; `cards` instead of the full size."""
    with house.kept(folder) as cluster:
        contests = {}
        for kind, url, own in house.databases(cluster, folder, "silent"):
            _stages(url, own, cards or CARDS[kind])
        for kind, url, own in house.databases(cluster, folder, "night", like="silent"):
            size = cards or CARDS[kind]
            contests[kind] = Contest(*_stages(url, own, size), cards=size)
            contests[kind].run()
        say("")
        for kind, contest in contests.items():
            contest.tell(kind)
