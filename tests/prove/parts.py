"""The parts of the proof, in the order in which they run: the quick ones first."""

from collections.abc import Callable

from tests.servers import POSTGRESQL, SQLITE, valkey

from . import hostile, kills, million, model, pins, races, workers
from .ground import KINDS, Ground


def pin_siege(ground: Ground) -> None:
    """a hundred terminals guess one person's PIN at once, for a day"""
    for kind in KINDS:
        pins.siege(ground, kind)


def race(ground: Ground) -> None:
    """every race of the verbs that exist, 200 rounds of 16 on both databases"""
    for kind in KINDS:
        races.run(ground, kind, rounds=ground.scaled(200, least=2), width=16)


def against_the_model(ground: Ground) -> None:
    """20,000 random steps over the API beside the independent model, on each database"""
    for kind in KINDS:
        model.run(ground, kind, steps=ground.scaled(20_000, least=200))


def kill_sqlite(ground: Ground) -> None:
    """8 clients, 5,000 stamps, 10 kills of the server on SQLite"""
    stage = ground.stage(SQLITE, "kill", cards=200)
    asked = {"clients": 8, "operations": ground.scaled(5_000, 200), "kills": ground.scaled(10, 1)}
    seen = kills.siege(stage, **asked)
    _tell(ground, seen, asked["operations"])
    ground.promise(max(seen.back_seconds) <= 10, "back within 10 s")
    ground.promise(seen.p99_ms <= 500, f"p99 of what no kill touched {seen.p99_ms:.0f} ms ≤ 500 ms")


def kill_postgresql(ground: Ground) -> None:
    """16 clients, 20,000 stamps, 20 kills of the server and 20 of PostgreSQL"""

    def kill_database() -> float:
        ground.cluster.kill()
        return ground.cluster.restart()

    stage = ground.stage(POSTGRESQL, "kill", cards=400)
    asked = {"clients": 16, "operations": ground.scaled(20_000, 400), "kills": ground.scaled(40, 2)}
    seen = kills.siege(stage, **asked, kill_database=kill_database)
    _tell(ground, seen, asked["operations"])
    ground.promise(max(seen.back_seconds[::2]) <= 10, "the server back within 10 s")
    ground.promise(max(seen.back_seconds[1::2]) <= 30, "PostgreSQL back within 30 s")


def _tell(ground: Ground, seen: kills.Siege, operations: int) -> None:
    ground.figure(f"{len(seen.acknowledged):,} acknowledged, {seen.resets} cut off by a kill")
    ground.figure(f"{seen.replayed} of them had been written and were answered by their key")
    ground.figure(f"longest return {max(seen.back_seconds):.1f} s over {len(seen.back_seconds)}")
    ground.figure(f"p99 {seen.p99_ms:.0f} ms, longest {max(seen.milliseconds):.0f} ms, untouched")
    ground.promise(len(seen.acknowledged) == operations, f"all {operations:,} settled")
    ground.promise(not seen.faults, f"no other answer to a client: {dict(seen.faults)}")
    for breach in seen.breaches[:20]:
        ground.figure(breach)
    ground.promise(
        not seen.breaches, f"nothing lost, nothing doubled, {len(seen.breaches)} breaches"
    )


def killed_workers(ground: Ground) -> None:
    """2,000 letters, 4 workers, 15 kills, a Redis that is flushed; and the same without one"""
    letters, kills_ = ground.scaled(2_000, least=60), ground.scaled(15, least=3)
    with valkey() as redis_url:
        for kind in KINDS:
            for url in (redis_url, None):
                stage = ground.stage(kind, f"jobs-{'redis' if url else 'alone'}", cards=letters)
                seen = workers.blow(stage, workers=4, kills=kills_, redis_url=url, patience=300)
                ground.figure(f"{kind}, {'Redis' if url else 'alone'}: {seen}")
                ground.promise(seen.done == letters, f"{seen.done:,} of {letters:,} done")
                ground.promise(seen.letters == letters, f"{seen.letters:,} letters, each once")
                ground.promise(not seen.dead, "none was given up")


def hostile_input(ground: Ground) -> None:
    """50,000 hostile requests to the API and the forms: no 5xx, no trace, no live markup"""
    for kind, share in ((SQLITE, 0.5), (POSTGRESQL, 0.5)):
        hostile.run(ground, kind, requests=ground.scaled(int(50_000 * share), 500))


def million_cards(ground: Ground) -> None:
    """a million cards: the statements of a stamp stay as many, and the books verify"""
    for kind in KINDS:
        million.run(ground, kind, cards=ground.scaled(1_000_000, 2_000))


PARTS: dict[str, Callable[[Ground], None]] = {
    "pin-siege": pin_siege,
    "races": race,
    "model": against_the_model,
    "kill-sqlite": kill_sqlite,
    "kill-postgresql": kill_postgresql,
    "killed-workers": killed_workers,
    "hostile-input": hostile_input,
    "million-cards": million_cards,
}
