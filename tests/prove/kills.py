"""Kill -9 at random moments while clients ask for everything that can be asked for; afterwards
every acknowledgement is held against the books.

Each client asks with a key per effect and repeats an unsettled key until it is answered, as the
contract tells a partner to do.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from app import jobs
from app.accounts.actors import Actor
from app.extensions import db
from app.modules.loyalty.rewards import catalogue

from . import books, letters
from .cluster import Cluster
from .letters import Post
from .mortals import WEB, House, Web, clock_of, house
from .partner import SETTLED_WITHIN_SECONDS, Log, Partner
from .stage import Stage
from .verbs import Shelf

# A dead worker's lease, the wait for whoever looks next, and what has piled up.
DRAINED_WITHIN_SECONDS = 180


@dataclass
class Siege:
    """What came of it. `back` are the seconds from each kill to the first answer afterwards, by
    who was killed."""

    log: Log = field(default_factory=Log)
    back: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: float = 0.0
    drained: bool = False
    trace: str = ""  # the first one in the server's log
    post: Post = field(default_factory=Post)
    breaches: list[str] = field(default_factory=list)

    @property
    def longest_back(self) -> dict[str, float]:
        return {name: max(seconds) for name, seconds in self.back.items()}


def siege(
    stage: Stage,
    *,
    clients: int,
    operations: int,
    rounds: int,
    redis: bool,
    cluster: Cluster | None = None,
    hurry: bool = False,
) -> Siege:
    """Ask for `operations` effects; in each round everybody of the house is killed once, one by
    one in any order, and in the last of several rounds all at once. Then compare.

    `hurry`: the leases of the dead end at once afterwards, by the clock.
    """
    shelf, seen = Shelf(stage.cards, stage.vendor, _reward(stage)), Siege()
    with house(stage, redis=redis, cluster=cluster) as running:
        _play(stage, running, shelf, seen, clients=clients, operations=operations, rounds=rounds)
        if hurry:
            clock_of(stage).write_text(f"+{jobs.LEASE_SECONDS + 1}")
        seen.drained = letters.await_drained(stage, DRAINED_WITHIN_SECONDS)
    seen.trace = _trace(stage)
    kept, told = books.Books.read(stage), seen.log.told
    seen.post = letters.delivered(stage, kept.events, kept.empty)
    seen.breaches = [*books.differences(stage, kept, told, shelf.cards), *seen.post.breaches]
    return seen


def _play(
    stage: Stage,
    running: House,
    shelf: Shelf,
    seen: Siege,
    *,
    clients: int,
    operations: int,
    rounds: int,
) -> None:
    web, work, log, began = running[WEB], iter(range(operations)), seen.log, time.monotonic()
    assert isinstance(web, Web)
    turn, stop = threading.Lock(), threading.Event()

    def client() -> None:
        partner = Partner(web.port, stage, log, stop)
        with closing(partner.wire):
            while not stop.is_set():
                with turn:
                    if next(work, None) is None:
                        return
                if told := partner.settle(shelf.next()):
                    shelf.learn(told)

    with _clients(client, clients, stop):
        deaths = list(_deaths(running, rounds))
        for moment, names in zip(_moments(len(deaths), operations), deaths, strict=True):
            _await(lambda moment=moment: log.settled >= moment)  # type: ignore[misc]
            time.sleep(random.uniform(0, 0.02))
            _strike(running, names, seen)
        _await(lambda: log.settled >= operations)
    seen.seconds = time.monotonic() - began


def _strike(running: House, names: list[str], seen: Siege) -> None:
    """Kill them, start them again, and wait for the first answer to what was asked since."""
    began = time.monotonic()
    for name in names:
        running[name].kill()
    for name in names:
        running[name].start()
    _await(lambda: seen.log.asked_at > began)
    seen.back[names[0] if len(names) == 1 else "everything"].append(time.monotonic() - began)


def _deaths(running: House, rounds: int) -> Iterator[list[str]]:
    for number in range(rounds):
        if rounds > 1 and number == rounds - 1:
            yield list(running)
        else:
            yield from ([name] for name in random.sample(list(running), len(running)))


def _trace(stage: Stage) -> str:
    """What the web server had not expected: a database that goes away is no such thing."""
    for log in stage.folder.glob("web-*.log"):
        _, found, trace = log.read_text(errors="replace").partition("Traceback")
        if found:
            return f"{found}{trace[:3_000]}"
    return ""


def _reward(stage: Stage) -> str:
    """A reward that costs points and stamps and counts its stock; its id."""
    asked = {"name": "Breakfast", "points": 40, "stamps": 2, "stock": books.STOCK}
    with stage.acting():
        reward = catalogue.create(asked, by=Actor(caller="prove"))
        db.session.commit()
        return str(reward.id)


@contextmanager
def _clients(client: Callable[[], None], count: int, stop: threading.Event) -> Iterator[None]:
    threads = [threading.Thread(target=client) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _moments(kills: int, operations: int) -> list[int]:
    """After how many answers each kill falls: spread out, each at random in its part."""
    part = operations / (kills + 1)
    return [int(part * (number + random.uniform(0.5, 1.2))) for number in range(kills)]


def _await(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 10 * SETTLED_WITHIN_SECONDS
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("the siege does not move")
        time.sleep(0.005)
