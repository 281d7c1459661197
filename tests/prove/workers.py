"""Workers that are killed, and a Redis that forgets: every letter is written, and none twice."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis
from sqlalchemy import func, insert, select, update

from app import clock, outbox, tenancy
from app.accounts.customers import Customer
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty.cards import LoyaltyCard
from app.outbox import DONE, OutboxEvent
from config import ROOT

from .stage import Stage


@dataclass
class Storm:
    """What came of it: letters written, events done, kills, and seconds from the last commit."""

    letters: int
    done: int
    dead: int
    killed: int
    seconds: float


def blow(
    stage: Stage, *, workers: int, kills: int, redis_url: str | None, patience: float
) -> Storm:
    """One event for each card of the stage, drained by workers that are killed meanwhile.

    A killed worker's lease ends by the clock, which is moved on after the kills; Redis is
    flushed after every third.
    """
    events = _commit(stage)
    clock_file = stage.folder / "clock"
    clock_file.write_text("+0")
    environ = stage.environ | {"CLOCK_FILE": str(clock_file)}
    environ |= {"REDIS_URL": redis_url} if redis_url else {}
    began, killed = time.monotonic(), 0
    with _crew(environ, workers) as crew:
        while killed < kills and _done(stage) < events:
            time.sleep(random.uniform(0.05, 0.4))
            place = random.randrange(workers)
            crew[place].send_signal(signal.SIGKILL)
            crew[place].wait()
            crew[place] = _worker(environ, "work")
            killed += 1
            if redis_url and killed % 3 == 0:
                Redis.from_url(redis_url).flushall()
        clock_file.write_text("+61")
        while _done(stage) < events and time.monotonic() - began < patience:
            time.sleep(0.1)
        seconds = time.monotonic() - began
    return Storm(
        letters=len(list((stage.folder / "outbox").glob("*.eml"))),
        done=_done(stage),
        dead=_count(stage, outbox.DEAD),
        killed=killed,
        seconds=seconds,
    )


def _commit(stage: Stage) -> int:
    """Everybody on the stage has an address, and a card that was just made."""
    now = clock.now()
    with stage.opened() as app, app.app_context(), tenancy.acting_as(stage.company_id):
        db.session.execute(update(OutboxEvent).values(state=DONE))
        for (customer_id,) in db.session.execute(select(Customer.id)).all():
            address = f"c{customer_id}@example.org"
            db.session.execute(
                update(Customer).where(Customer.id == customer_id).values(email=address)
            )
        cards = db.session.scalars(select(LoyaltyCard.id)).all()
        rows = [
            {
                "company_id": stage.company_id,
                "id": new_id(),
                "kind": "card.enrolled",
                "body": {"card": str(card), "sequence": 0},
                "due_at": now,
                "created_at": now,
            }
            for card in cards
        ]
        db.session.execute(insert(OutboxEvent), rows)
        db.session.commit()
    return len(cards)


def _done(stage: Stage) -> int:
    return _count(stage, DONE)


def _count(stage: Stage, state: str) -> int:
    with stage.opened() as app, app.app_context(), tenancy.acting_as(stage.company_id):
        mine = (OutboxEvent.kind == "card.enrolled") & (OutboxEvent.state == state)
        return db.session.scalar(select(func.count(OutboxEvent.id)).where(mine)) or 0


@contextmanager
def _crew(environ: dict[str, str], workers: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    crew = [_worker(environ, "work") for _ in range(workers)]
    scheduler = _worker(environ, "schedule")
    try:
        yield crew
    finally:
        for process in (*crew, scheduler):
            process.send_signal(signal.SIGTERM)
        for process in (*crew, scheduler):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


def _worker(environ: dict[str, str], command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        stderr=subprocess.DEVNULL,
    )
