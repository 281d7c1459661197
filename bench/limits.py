"""The database's own limit: the product's own statements, recorded from one real stamp and
played again on the bare driver, with nothing of ours between.

* `one write`: the write alone, one trip, prepared. What no design passes.
* `same trips`: opening, key, lock, setting, write and commit, as the product sends them.
"""

import itertools
import multiprocessing
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from sqlalchemy import event, func, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from app import tenancy
from app.database.engine import _opening, sqlite_library
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty.ledger import forms
from app.outbox import OutboxEvent
from tests.prove.stage import Stage

POSTGRESQL_CLIENTS = 4


@dataclass(frozen=True)
class Statement:
    """One statement as the driver gets it; `order` names positional parameters."""

    sql: str
    values: dict[str, Any]
    order: tuple[str, ...]

    def given(self, changes: dict[str, Any]) -> Any:
        values = {name: changes.get(name, value) for name, value in self.values.items()}
        return tuple(values[name] for name in self.order) if self.order else values


@dataclass(frozen=True)
class Recording:
    """A stamp through the API as the driver sees it: reads (key, lock, setting), then writes."""

    stage: Stage
    opening: str
    reads: tuple[Statement, ...]
    writes: tuple[Statement, ...]


def record(stage: Stage) -> Recording:
    """Stamp twice through the API in this process and note what goes to the driver the second
    time, when the revision's rules are known."""
    seen: list[Statement] = []

    def note(_1: Any, _2: Any, sql: str, parameters: Any, prepared: Any, _3: bool) -> None:
        order = prepared.order
        values = dict(zip(order, parameters, strict=True)) if order else dict(parameters)
        seen.append(Statement(sql, values, order))

    with stage.opened() as app:
        for key in ("rehearsed", "recorded"):
            if key == "recorded":
                event.listen(db.engine, "before_cursor_execute", note)
            answer = app.test_client().post(
                "/api/v1/stamps/add",
                data=stage.stamp_body(stage.cards[0]),
                headers=stage.headers | {"Idempotency-Key": key},
            )
            assert answer.status_code == 201, answer.text
        event.remove(db.engine, "before_cursor_execute", note)
    with tenancy.acting_as(stage.company_id):
        opening = "" if stage.sqlite else _opening()
    reads = tuple(s for s in seen if s.sql.startswith("SELECT"))
    return Recording(stage, opening, reads, tuple(s for s in seen if s not in reads))


def without_outbox(recorded: Recording) -> Recording:
    """The same stamp, if nobody had to hear of it."""
    if recorded.stage.sqlite:
        kept = tuple(s for s in recorded.writes if "INSERT INTO outbox" not in s.sql)
        return replace(recorded, writes=kept)
    whole: Statement = recorded.writes[0]
    dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    lean: Any = _silent(frozenset({forms.RECORD})).compile(dialect=dialect)
    alone = replace(whole, sql=str(lean), order=tuple(lean.positiontup))
    return replace(recorded, writes=(alone,))


def _silent(form: forms.Form) -> Any:
    """The one statement of a line of this form, but for its event."""
    moved = forms._moving(form).returning(forms._CARD.c.id).cte("moved")
    rows = [row for row in forms._rows(form) if row[0] is not OutboxEvent.__table__]
    parts = [forms._inserting(table, taken, moved).cte(f"new_{table}") for table, taken in rows]
    return select(func.count().label("moved")).select_from(moved).add_cte(*parts)


def rate(recorded: Recording, *, trips: bool = False, seconds: float = 2.0) -> float:
    """Stamps a second: four clients on PostgreSQL, one writer on SQLite, each a process."""
    clients = 1 if recorded.stage.sqlite else POSTGRESQL_CLIENTS
    here = multiprocessing.get_context("fork")
    answers, ready = here.SimpleQueue(), here.Barrier(clients)
    played = recorded, trips
    processes = [
        here.Process(target=_client, args=((number, clients), ready, answers, played, seconds))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(seconds + 60)
        if process.exitcode != 0:
            raise RuntimeError("a client of the limit failed")
    return sum(float(answers.get()) for _ in processes)


def _client(
    share: tuple[int, int], ready: Any, answers: Any, played: tuple[Recording, bool], seconds: float
) -> None:
    """Stamp this client's share of the cards (its number, of how many) until the time is up."""
    player = _on_sqlite if played[0].stage.sqlite else _on_postgresql
    with player(*played) as (cards, stamp):
        own = [list(card) for card in cards[share[0] :: share[1]]]
        run_id, count = new_id(), 0
        ready.wait(30)
        began = now = time.perf_counter()
        for card in itertools.cycle(own):
            now = time.perf_counter()
            if now >= began + seconds:
                break
            count += 1
            card[2] += 1
            stamp(_changes(*card, key=f"{run_id}-{count}"))
        answers.put(count / (now - began))


def _changes(card_id: int, card_number: str, sequence: int, *, key: str) -> dict[str, Any]:
    """What differs between two stamps; everything else stays as it was recorded."""
    return {
        "card": card_number,
        "key": key,
        "new_card_id": card_id,
        "new_sequence_before": sequence - 1,
        "new_sequence": sequence,
        "new_id": new_id(),
        "new_event_id": new_id(),
        "new_key": key,
    }


_CARDS = "SELECT id, number, sequence FROM loyalty_cards ORDER BY id"
Player = tuple[list[Any], Callable[[dict[str, Any]], None]]


@contextmanager
def _on_postgresql(recorded: Recording, trips: bool) -> Any:
    url = recorded.stage.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True, prepare_threshold=1) as connection:
        cursor = psycopg.RawCursor(connection)

        def stamp(changes: dict[str, Any]) -> None:
            if trips:
                cursor.execute(recorded.opening, prepare=False)
                for read in recorded.reads:
                    cursor.execute(read.sql, read.given(changes)).fetchall()
            write = recorded.writes[0]
            moved = cursor.execute(write.sql, write.given(changes)).fetchone()
            assert moved == (1,), "the statement moved no card"
            if trips:
                cursor.execute("COMMIT", prepare=False)

        yield cursor.execute(_CARDS).fetchall(), stamp


@contextmanager
def _on_sqlite(recorded: Recording, trips: bool) -> Any:
    connection = sqlite_library().connect(
        recorded.stage.database_url.removeprefix("sqlite:///"), isolation_level=None
    )
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")

    def stamp(changes: dict[str, Any]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for read in recorded.reads if trips else ():
            connection.execute(read.sql, read.given(changes)).fetchall()
        for write in recorded.writes:
            moved = connection.execute(write.sql, write.given(changes)).rowcount
            assert moved == 1, "the statement moved no card"
        connection.execute("COMMIT")

    try:
        yield connection.execute(_CARDS).fetchall(), stamp
    finally:
        connection.close()
