"""The races of `tests/races` at full size, and two of them over the wire.

A scenario is a public function there that takes `rounds` and `width`, and an `app` or a
`chain`; a lost race is its AssertionError.
"""

import inspect
import json
import secrets
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx2
from flask import Flask

from tests.cast import Answer, Api, Chain
from tests.servers import environment, web_server

from .ground import Ground
from .stage import opened

TERMINALS, REPEATS, WIRE_ROUNDS = 20, 50, 20


def run(ground: Ground, kind: str, *, rounds: int, width: int) -> None:
    """Every scenario on one kind of database."""
    from tests.races import codes, points, scenarios

    url, folder = ground.database(kind, "races"), ground.folder / kind
    with opened(url, folder, migrate=True) as app:
        modules = (scenarios, points, codes)
        for name, scenario in (each for module in modules for each in _scenarios(module)):
            _hold(
                ground, f"{kind}: {name}, {rounds} x {width}", _played(scenario, app, rounds, width)
            )
        with web_server(environment(url, folder)) as web:
            over = min(rounds, WIRE_ROUNDS)
            for name, race in (("C7, 20 terminals", one_of_many), ("one key, 50 times", one_key)):
                _hold(
                    ground,
                    f"{kind}: {name}, {over} x, over the wire",
                    _wired(race, app, web.url, over),
                )


def one_of_many(chain: Chain, api: Api) -> None:
    """Twenty at once on one card, each with a key of its own: exactly one stamp."""
    card = chain.card()
    body = {"card": card, "vendor": chain.vendor.slug}
    answers = _at_once(TERMINALS, lambda: api.post("/stamps/add", body))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * (TERMINALS - 1), statuses
    assert len(chain.lines(card)) == chain.card_row(card).stamps_balance == 1


def one_key(chain: Chain, api: Api) -> None:
    """One key fifty times at once: one line, fifty equal answers."""
    card, key = chain.card(), secrets.token_hex(8)
    body = {"card": card, "vendor": chain.vendor.slug}
    answers = _at_once(REPEATS, lambda: api.post("/stamps/add", body, key=key))
    assert {answer.status_code for answer in answers} == {201}, [a.text for a in answers]
    assert len({answer.data for answer in answers}) == 1
    assert json.loads(answers[0].data)["sequence"] == len(chain.lines(card)) == 1


def _scenarios(module: ModuleType) -> list[tuple[str, Callable[..., Any]]]:
    return [
        (name, found)
        for name, found in vars(module).items()
        if inspect.isfunction(found)
        and not name.startswith("_")
        and found.__module__ == module.__name__
        and {"rounds", "width"} <= set(inspect.signature(found).parameters)
    ]


def _played(
    scenario: Callable[..., Any], app: Flask, rounds: int, width: int
) -> Callable[[], None]:
    def play() -> None:
        offered = {"app": app, "rounds": rounds, "width": width}
        wanted = inspect.signature(scenario).parameters
        if "chain" in wanted:
            offered["chain"] = Chain.open(app)
        scenario(**{name: offered[name] for name in wanted if name in offered})

    return play


def _wired(
    race: Callable[[Chain, Api], None], app: Flask, url: str, rounds: int
) -> Callable[[], None]:
    def play() -> None:
        limits = httpx2.Limits(max_connections=REPEATS, max_keepalive_connections=REPEATS)
        with httpx2.Client(base_url=url, timeout=30, limits=limits) as client:
            chain = Chain.open(app)
            for _ in range(rounds):
                race(chain, chain.api_at(client))

    return play


def _at_once(count: int, ask: Callable[[], Answer]) -> list[Answer]:
    """The answers of so many threads that start together."""
    gate, answers = threading.Barrier(count), []

    def one() -> None:
        gate.wait(30)
        answers.append(ask())

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count, "somebody was not answered"
    return answers


def _hold(ground: Ground, name: str, play: Callable[[], None]) -> None:
    began = time.monotonic()
    try:
        play()
    except AssertionError as lost:
        ground.promise(False, f"{name}: {str(lost)[:400]}")
    else:
        ground.promise(True, f"{name}, {time.monotonic() - began:.0f} s")
