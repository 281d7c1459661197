"""Workers that are killed, and a Redis that forgets and dies: every letter is written, none twice,
and none late.

Events come in while the kills go on, as they would; the clock is the real one, so that a letter
whose worker died has waited for that worker's lease to end.
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field

import redis as clients
from sqlalchemy import insert, select, update

from app import clock, tenancy
from app.accounts.customers import Customer
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty.cards import LoyaltyCard
from app.outbox import DONE, OutboxEvent

from . import letters
from .letters import Post
from .mortals import Mortal, Redis, Web, Worker
from .stage import Stage

WELCOME_LETTER = "card.enrolled"
PARTS_A_KILL = 4
PATIENCE_SECONDS = 300


@dataclass
class Storm:
    """What came of it: how often who was killed, what was left undone, and the letters."""

    workers_killed: int = 0
    redis_killed: int = 0
    redis_flushed: int = 0
    left: int = 0
    post: Post = field(default_factory=Post)


def blow(stage: Stage, *, workers: int, kills: int, redis: bool) -> Storm:
    """One event for each card of the stage, told no faster than letters can be written, and a
    worker killed in the middle of every few.

    With `redis` there are so many worker processes and a scheduler, and Redis is flushed or
    killed in between; without it the servers' embedded runners do it, of so many servers.
    """
    storm = Storm()
    with ExitStack() as stack, ThreadPoolExecutor(workers) as pool:
        memory = Redis() if redis else None
        crew = _crew(stage, workers, memory, stack)
        born = {number: pool.submit(_nothing) for number in range(workers)}
        stack.enter_context(stage.acting())
        for count, part in enumerate(_prepare(kills * PARTS_A_KILL)):
            _tell(part)
            if count % PARTS_A_KILL == 0:
                letters.await_taken(all_but=random.randrange(len(part)))
                victim = random.choice([n for n, start in born.items() if start.done()] or [0])
                born[victim].result()
                crew[victim].kill()
                storm.workers_killed += 1
                if memory:
                    _forget(memory, storm)
                born[victim] = pool.submit(crew[victim].start)
            letters.await_taken()
        wait(born.values())
        letters.await_drained(stage, PATIENCE_SECONDS)
        mine = OutboxEvent.kind == WELCOME_LETTER
        events = db.session.scalars(select(OutboxEvent).where(mine)).all()
        db.session.expunge_all()
    storm.left = sum(each.state != DONE for each in events)
    storm.post = letters.delivered(stage, events, set())
    return storm


def _nothing() -> None:
    """Who was born with the crew need not be waited for."""


def _crew(stage: Stage, workers: int, memory: Redis | None, stack: ExitStack) -> list[Mortal]:
    environ = stage.environ | {"CLOCK_FILE": ""}
    crew: list[Mortal] = []
    if memory:
        stack.callback(memory.stop)
        environ |= {"REDIS_URL": memory.url}
        scheduler = Worker(environ, "schedule")
        stack.callback(scheduler.stop)
    for _ in range(workers):
        crew.append(Worker(environ) if memory else Web(environ))
        stack.callback(crew[-1].stop)
    return crew


def _forget(memory: Redis, storm: Storm) -> None:
    """Every third kill Redis is emptied, every other third it dies too."""
    if storm.workers_killed % 3 == 1:
        clients.Redis.from_url(memory.url).flushall()
        storm.redis_flushed += 1
    elif storm.workers_killed % 3 == 2:
        memory.kill()
        time.sleep(random.uniform(0, 1))
        memory.start()
        storm.redis_killed += 1


def _prepare(parts: int) -> list[list[int]]:
    """Everybody has an address; what was told of them is done. The cards, in so many parts."""
    db.session.execute(update(OutboxEvent).values(state=DONE))
    for (customer_id,) in db.session.execute(select(Customer.id)).all():
        address = f"c{customer_id}@example.org"
        db.session.execute(update(Customer).where(Customer.id == customer_id).values(email=address))
    cards = list(db.session.scalars(select(LoyaltyCard.id)))
    db.session.commit()
    return [part for number in range(parts) if (part := cards[number::parts])]


def _tell(cards: list[int]) -> None:
    """An event for each of these cards, as enrolling one writes it."""
    now = clock.now()
    rows = [
        {
            "company_id": tenancy.company_id(),
            "id": new_id(),
            "kind": WELCOME_LETTER,
            "body": {"card": str(card), "sequence": 0},
            "due_at": now,
            "created_at": now,
        }
        for card in cards
    ]
    db.session.execute(insert(OutboxEvent), rows)
    db.session.commit()
