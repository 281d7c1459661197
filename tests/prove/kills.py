"""Kill -9 at random moments while clients stamp; afterwards every acknowledgement is held
against the books.

Each client stamps random cards with a key per stamp and repeats an unsettled key until it is
answered, as the contract tells a partner to do.
"""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import select

from app import verify
from app.extensions import db
from app.idempotency import IdempotencyRecord
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction
from bench.processes import family
from tests import servers

from .stage import Stage

SETTLED_WITHIN_SECONDS = 60


@dataclass
class Siege:
    """What the clients saw, and what the books say."""

    acknowledged: dict[str, tuple[int, str]] = field(default_factory=dict)  # key: line, card
    replayed: int = 0
    resets: int = 0
    faults: Counter[str] = field(default_factory=Counter)  # answers that are neither 201 nor reset
    milliseconds: list[float] = field(default_factory=list)
    back_seconds: list[float] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    @property
    def p99_ms(self) -> float:
        """Of the requests that no kill touched."""
        return sorted(self.milliseconds)[int(len(self.milliseconds) * 0.99)]


class Web:
    """A server on one port that can be killed and started again."""

    def __init__(self, stage: Stage) -> None:
        self._environ = stage.environ | {"CLOCK_FILE": ""}
        self.port = servers.free_port()
        self._running = ExitStack()
        self._process = self._start()

    def _start(self) -> int:
        web = servers.web_server(self._environ, port=self.port)
        return self._running.enter_context(web).process.pid

    def kill(self) -> float:
        """-9 for the server and its workers, then start again; the seconds until it is ready."""
        for pid in family(self._process):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        self._running.close()
        self._process = self._start()
        return time.monotonic() - began

    def stop(self) -> None:
        self._running.close()


def siege(
    stage: Stage,
    *,
    clients: int,
    operations: int,
    kills: int,
    kill_database: Callable[[], float] | None = None,
) -> Siege:
    """Stamp `operations` times with `kills` kills in between, then compare with the books.

    `kill_database` kills the database server, starts it again and says how long that took:
    every other kill is then its, and answers 500 and 503 while it is away are none of ours.
    """
    seen, web = Siege(), Web(stage)
    work = iter(range(operations))
    turn, stop = threading.Lock(), threading.Event()

    def client(number: int) -> None:
        caller = _Client(web.port, stage, seen, stop, outages=kill_database is not None)
        with closing(caller.wire):
            while not stop.is_set():
                with turn:
                    task = next(work, None)
                if task is None:
                    return
                caller.stamp(f"op-{task}", random.choice(stage.cards))

    with _running(client, clients, stop):
        try:
            for count, moment in enumerate(_moments(kills, operations)):
                _await(lambda moment=moment: len(seen.acknowledged) >= moment)  # type: ignore[misc]
                time.sleep(random.uniform(0, 0.02))
                ours = kill_database and count % 2
                seen.back_seconds.append(kill_database() if ours and kill_database else web.kill())
            _await(lambda: len(seen.acknowledged) + sum(seen.faults.values()) >= operations)
        finally:
            stop.set()
    web.stop()
    seen.breaches += books(stage, seen)
    return seen


def books(stage: Stage, seen: Siege) -> list[str]:
    """Every way in which the database differs from what was acknowledged."""
    line, card, record = LoyaltyTransaction, LoyaltyCard, IdempotencyRecord
    with stage.acting():
        lines = set(db.session.scalars(select(line.id)))
        balances = dict(db.session.execute(select(card.number, card.stamps_balance)).all())
        keys: dict[str, list[int | None]] = {}
        for key, line_id in db.session.execute(select(record.key, record.transaction_id)):
            keys.setdefault(key, []).append(line_id)
    acknowledged = seen.acknowledged
    found = [f"{key}: not there" for key, (id_, _) in acknowledged.items() if id_ not in lines]
    found += [
        f"{key}: acknowledged as {id_}, kept as {keys.get(key)}"
        for key, (id_, _) in acknowledged.items()
        if keys.get(key) != [id_]
    ]
    counts = {"acknowledged": len(acknowledged), "lines": len(lines), "keys": len(keys)}
    if len(set(counts.values())) > 1:
        found.append(f"they differ: {counts}")
    given = Counter(number for _, number in acknowledged.values())
    found += [
        f"{number}: {given[number]} acknowledged, balance {balance}"
        for number, balance in balances.items()
        if given[number] != balance
    ]
    with stage.opened():
        found += [str(breach) for breach in verify.breaches()]
    return found


class _Client:
    """One partner's connection, which outlives the server's deaths."""

    def __init__(
        self, port: int, stage: Stage, seen: Siege, stop: threading.Event, *, outages: bool
    ) -> None:
        self._stage, self._seen, self._stop, self._outages = stage, seen, stop, outages
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=15)

    def stamp(self, key: str, card: str) -> None:
        """Ask until it is settled."""
        until, clean = time.monotonic() + SETTLED_WITHIN_SECONDS, True
        while time.monotonic() < until and not self._stop.is_set():
            began = time.perf_counter()
            try:
                status, body, replayed = self._ask(key, card)
            except (OSError, http.client.HTTPException):
                self.wire.close()
                self._seen.resets += clean
                clean = False
                time.sleep(0.02)
                continue
            if status == 201:
                if clean:
                    self._seen.milliseconds.append((time.perf_counter() - began) * 1e3)
                self._seen.replayed += replayed
                self._seen.acknowledged[key] = (int(body["transaction_id"]), card)
                return
            if self._outages and status in (500, 503):
                clean = False
                time.sleep(0.05)
                continue
            self._seen.faults[f"{status} {body.get('code')}"] += 1
            return
        self._seen.faults["never settled"] += 1

    def _ask(self, key: str, card: str) -> tuple[int, dict[str, str], bool]:
        headers = self._stage.headers | {"Idempotency-Key": key}
        self.wire.request("POST", "/api/v1/stamps/add", self._stage.stamp_body(card), headers)
        answer = self.wire.getresponse()
        body = answer.read()
        return answer.status, json.loads(body), answer.headers["Idempotent-Replay"] == "true"


@contextmanager
def _running(client: Callable[[int], None], count: int, stop: threading.Event) -> Iterator[None]:
    threads = [threading.Thread(target=client, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _moments(kills: int, operations: int) -> list[int]:
    """After how many acknowledgements each kill falls: spread out, each at random in its part."""
    part = operations / (kills + 1)
    return [int(part * (number + random.uniform(0.5, 1.2))) for number in range(kills)]


def _await(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 10 * SETTLED_WITHIN_SECONDS
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("the siege does not move")
        time.sleep(0.002)
