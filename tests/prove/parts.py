"""The parts of the proof, in the order in which they run: the quick ones first."""

from collections import Counter
from collections.abc import Callable

from tests.servers import POSTGRESQL, SQLITE

from . import hostile, kills, million, model, mortals, passes, phone, pins, races, workers
from .ground import KINDS, Ground
from .stage import EVERY_VERB


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
    """8 clients, 5,000 effects of every verb, 10 kills of server and worker each, on SQLite"""
    stage = ground.stage(SQLITE, "kill", cards=ground.scaled(200, 20), **EVERY_VERB)
    operations, rounds = ground.scaled(5_000, 300), ground.scaled(10)
    seen = kills.siege(stage, clients=8, operations=operations, rounds=rounds, redis=False)
    _tell(ground, seen, operations)
    p99 = seen.log.p99_ms
    ground.promise(p99 <= 500, f"p99 of what no kill touched {p99:.0f} ms ≤ 500 ms")


def kill_postgresql(ground: Ground) -> None:
    """16 clients, 20,000 effects of every verb, 20 kills of everybody: PostgreSQL, Redis too"""
    stage = ground.stage(POSTGRESQL, "kill", cards=ground.scaled(400, 30), **EVERY_VERB)
    operations, rounds = ground.scaled(20_000, 400), ground.scaled(20)
    seen = kills.siege(
        stage,
        clients=16,
        operations=operations,
        rounds=rounds,
        redis=True,
        cluster=ground.cluster,
    )
    _tell(ground, seen, operations)


def _tell(ground: Ground, seen: kills.Siege, operations: int) -> None:
    log = seen.log
    refused = sum(bool(each.refused) for each in log.told)
    verbs = Counter(each.ask.verb for each in log.told if not each.refused)
    ground.figure(f"{len(log.told) - refused:,} done, {refused:,} refused, {seen.seconds:.0f} s")
    ground.figure(", ".join(f"{verb} {count:,}" for verb, count in sorted(verbs.items())))
    ground.figure(
        f"{log.resets} cut off by a kill, {log.replayed} replayed; waits {dict(log.waits)}"
    )
    ground.figure(f"p99 {log.p99_ms:.0f} ms, longest {max(log.milliseconds):.0f} ms, untouched")
    for name, seconds in seen.back.items():
        ground.figure(f"{name}: {len(seconds)} kills, back after {max(seconds):.1f} s at most")
    ground.figure(f"{seen.post}")
    ground.promise(len(log.told) == operations, f"all {operations:,} settled")
    ground.promise(not log.faults, f"no other answer to a client: {dict(log.faults)}")
    if seen.trace:
        ground.figure(seen.trace)
    ground.promise(not seen.trace, "no fault in the server's log")
    for breach in seen.breaches[:20]:
        ground.figure(breach)
    ground.promise(
        not seen.breaches, f"nothing lost, nothing doubled, {len(seen.breaches)} breaches"
    )
    ground.promise(seen.drained, "everything that follows was done")
    for name, seconds in seen.back.items():
        limit = 30 if name in (mortals.POSTGRESQL, "everything") else 10
        ground.promise(max(seconds) <= limit, f"back within {limit} s after {name}")


def killed_workers(ground: Ground) -> None:
    """2,000 letters, 4 workers, 15 kills, a Redis that forgets and dies; and without one"""
    asked, kills_ = ground.scaled(2_000, least=60), ground.scaled(15, least=3)
    for kind in KINDS:
        for redis in (True, False):
            name = f"{kind}, {'Redis' if redis else 'embedded'}"
            stage = ground.stage(kind, f"jobs-{'redis' if redis else 'alone'}", cards=asked)
            seen = workers.blow(stage, workers=4, kills=kills_, redis=redis)
            ground.figure(f"{name}: {seen}")
            late, wrong = seen.post.late_seconds, seen.post.breaches
            ground.promise(seen.workers_killed == kills_, f"{name}: {kills_} kills")
            if redis:
                forgot = min(seen.redis_killed, seen.redis_flushed)
                ground.promise(forgot >= kills_ // 3, f"{name}: flushed and killed {forgot} times")
            ground.promise(not seen.left, f"{name}: all {asked:,} done")
            ground.promise(
                seen.post.letters == asked and not wrong, f"{name}: {asked:,} letters, each once"
            )
            ground.promise(late <= 60, f"{name}: at most {late:.0f} s late ≤ 60 s")


def hostile_input(ground: Ground) -> None:
    """50,000 hostile requests to the API and the forms: no 5xx, no trace, no live markup"""
    for kind, share in ((SQLITE, 0.5), (POSTGRESQL, 0.5)):
        hostile.run(ground, kind, requests=ground.scaled(int(50_000 * share), 500))


def phone_in_hand(ground: Ground) -> None:
    """a phone with an Apple pass through 1,000 random changes, none of them lost"""
    for kind in KINDS:
        phone.run(ground, kind, changes=ground.scaled(1_000, least=20))


def million_cards(ground: Ground) -> None:
    """a million cards: the statements of a stamp stay as many, and the books verify"""
    for kind in KINDS:
        million.run(ground, kind, cards=ground.scaled(1_000_000, 2_000))


def wallet(ground: Ground) -> None:
    """1,000 passes, a push service that fails, a worker killed 10 times: every phone is told"""
    for kind in KINDS:
        stage = ground.stage(kind, "wallet", cards=ground.scaled(1_000, 40))
        stamps, kills_ = ground.scaled(3_000, 100), ground.scaled(10, 3)
        seen = passes.siege(stage, stamps=stamps, kills=kills_)
        ground.figure(
            f"{kind}: {seen.stamps:,} stamps, {seen.pushes:,} pushes, {seen.seconds:.0f} s"
        )
        ground.figure(f"{kind}: answers {dict(seen.answers.most_common())}")
        ground.figure(f"{kind}: {seen.twice} told twice of the same, {seen.killed} kills")
        for breach in seen.breaches[:20]:
            ground.figure(breach)
        ground.promise(not seen.breaches, f"{kind}: every phone knows its pass's last change")
        # What a round holds when its worker dies, and a connection when it breaks.
        limit = kills_ * 50 + seen.broken * 8
        ground.promise(seen.twice <= limit, f"{kind}: told twice {seen.twice} ≤ {limit}")
    for kind in KINDS:
        stage = ground.stage(kind, "windows", cards=100)
        cost = passes.minute(stage, cards=100, stamps=1_000)
        most = cost.windows + 1  # the last window ends after the minute
        ground.figure(f"{kind}: {cost.stamps:,} stamps on 100 cards, {cost.pushes:,} pushes")
        ground.promise(cost.most <= most, f"{kind}: {cost.most} pushes of a card ≤ {most}")


PARTS: dict[str, Callable[[Ground], None]] = {
    "pin-siege": pin_siege,
    "races": race,
    "model": against_the_model,
    "kill-sqlite": kill_sqlite,
    "kill-postgresql": kill_postgresql,
    "killed-workers": killed_workers,
    "hostile-input": hostile_input,
    "phone": phone_in_hand,
    "million-cards": million_cards,
    "wallet": wallet,
}
