"""P8: events that nobody delivers, worked off by the product's own drain, beside the bare closing
of as many rows in the same place."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from app import jobs, tenancy
from app.database.engine import sqlite_library
from app.extensions import db
from app.ids import new_id
from tests.prove.cluster import private_cluster
from tests.prove.stage import Stage, build
from tests.servers import plain

from . import house
from .figures import Rounds, Sample, figure, goal, say
from .house import KINDS

ROWS = 100_000  # in each round, for each
_KIND = "bench.nobody"  # it has no handler: there is nothing to deliver
_FILL = """
INSERT INTO outbox (company_id, id, kind, body, due_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
SELECT {company}, {first} + n, '{kind}', '{{"card":"1"}}', '2025-01-01' FROM numbers
"""
_CLOSE = """
UPDATE outbox SET state = 'done' WHERE {place} IN (
    SELECT {place} FROM outbox WHERE state = 'pending' ORDER BY due_at LIMIT {most}{lock})
"""


def run(*, rounds: int) -> None:
    """The rest of P8, on databases of its own."""
    say(f"\nP8: {rounds} rounds of {ROWS:,} events that nobody handles")
    samples = Rounds()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        cluster = stack.enter_context(private_cluster())
        stages = {
            kind: build(url, own, cards=1)
            for kind, url, own in house.databases(cluster, folder, "bench")
        }
        for _ in range(rounds):
            for kind, stage in stages.items():
                samples.add(f"drained {kind}", Sample(ROWS / _drained(stage)))
                samples.add(f"closed bare {kind}", Sample(ROWS / _closed(stage)))
    say("")
    for name in samples.samples:
        figure(name, samples.values(name, lambda s: s.rate), "rows a second")
    for kind in KINDS:
        rates = samples.values(f"drained {kind}", lambda s: s.rate)
        goal("P8", f"drained, {kind}", rates, at_least=50_000, unit="/s", digits=0)
        ratios = samples.ratios(f"drained {kind}", f"closed bare {kind}", lambda s: s.rate)
        figure("  of the bare closing", [100 * ratio for ratio in ratios], "%")


def _drained(stage: Stage) -> float:
    """Seconds of the product's drain."""
    with stage.opened():
        while jobs.drain():  # what building the stage has left
            pass
        with tenancy.crossing(tenancy.OWNER):
            db.session.connection().exec_driver_sql(_filling(stage))
            db.session.commit()
        began, done = time.perf_counter(), 0
        while some := jobs.drain():
            done += some
        seconds = time.perf_counter() - began
    if done != ROWS:
        raise RuntimeError(f"{done} of {ROWS} events were drained")
    return seconds


def _closed(stage: Stage) -> float:
    """Seconds of the bare statement on the driver, as many rows at a time."""
    lock = "" if stage.sqlite else " FOR UPDATE SKIP LOCKED"
    words = {"place": "rowid" if stage.sqlite else "ctid", "lock": lock}
    close, done = _CLOSE.format(most=jobs.CLOSED_AT_ONCE, **words), 0
    if not stage.sqlite:
        close = close.replace("IN (", "= ANY (ARRAY (").rstrip() + ")"
    connection = _bare(stage)
    connection.execute(_filling(stage))
    began = time.perf_counter()
    while some := connection.execute(close).rowcount:
        done += some
    seconds = time.perf_counter() - began
    connection.close()
    if done != ROWS:
        raise RuntimeError(f"{done} of {ROWS} events were closed")
    return seconds


def _bare(stage: Stage) -> Any:
    """The driver's connection; each statement is a transaction of its own."""
    if not stage.sqlite:
        return psycopg.connect(plain(stage.database_url), autocommit=True)
    path = stage.database_url.removeprefix("sqlite:///")
    connection = sqlite_library().connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _filling(stage: Stage) -> str:
    return _FILL.format(rows=ROWS, company=stage.company_id, first=new_id(), kind=_KIND)
