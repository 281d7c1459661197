"""`python -m bench`: one run, every figure beside its limit. Read docs/benchmarks.md."""

import argparse
import os
import time
from functools import partial
from pathlib import Path

from tests.prove.stage import build

from . import counter, drained, history, house, nights, points, wallet
from .figures import say
from .measures import Bench

CARDS = 2_000


def main() -> None:
    given = _arguments()
    often = {"rounds": given.rounds, "seconds": given.seconds}
    chosen = any(
        (given.points, given.staff, given.drain, given.history, given.expiry, given.wallet)
    )
    if not chosen:
        _stamps(given)
    if given.points or not chosen:
        points.run(**often)
    if given.history:
        history.run(folder=given.folder, lines=given.lines, **often)
    if given.staff:
        counter.run(**often)
    if given.drain:
        drained.run(rounds=given.rounds)
    if given.expiry:
        nights.run(folder=given.folder, cards=given.cards)
    if given.wallet:
        wallet.run(**often)


def _stamps(given: argparse.Namespace) -> None:
    """Everything but P9: a stamp beside its limits."""
    began = time.monotonic()
    say(f"{given.rounds} interleaved rounds of {given.seconds:g} s each on {os.cpu_count()} cores;")
    say(f"8 keep-alive clients, {given.workers} web process of 16 threads, {CARDS:,} cards.")
    say("median (lowest–highest); a ratio is taken within one round\n")
    with house.opened(partial(build, cards=CARDS), workers=given.workers) as arena:
        bench = Bench(arena, seconds=given.seconds)
        for number in range(given.rounds):
            bench.round()
            say(f"round {number + 1} of {given.rounds}, {time.monotonic() - began:.0f} s")
        say("")
        bench.tell()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--points", action="store_true", help="P9 alone")
    parser.add_argument("--staff", action="store_true", help="P5")
    parser.add_argument("--history", action="store_true", help="P4 and P7, at full size")
    parser.add_argument("--expiry", action="store_true", help="P6, at full size")
    parser.add_argument("--drain", action="store_true", help="P8, the rest of it")
    parser.add_argument("--wallet", action="store_true", help="a pass beside its signature")
    parser.add_argument("--cards", type=int, help="of the night, on each database")
    parser.add_argument("--lines", type=int, help="of the history, on each database")
    parser.add_argument(
        "--folder", type=Path, default=Path("/tmp/bench"), help="where what is loaded stays"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.5, help="of each contestant in a round")
    parser.add_argument("--workers", type=int, default=1, help="web processes, bare and product")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.seconds = 1, 1.0
    return given


if __name__ == "__main__":
    main()
