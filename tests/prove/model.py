"""The product beside the independent model of `tests/model`, for thousands of random steps."""

import secrets
import time
from collections import Counter

import httpx2
from flask import Flask

from app import verify
from tests.cast import Chain
from tests.model.products import OverApi
from tests.model.steps import Story
from tests.model.test_model import every, moving
from tests.model.world import World
from tests.servers import environment, web_server

from .ground import Ground
from .stage import opened

A_STORY, OVER_THE_WIRE = 1_000, 500


def run(ground: Ground, kind: str, *, steps: int) -> None:
    """Stories of a thousand steps, each with a seed of its own, on one kind of database; and one
    on a real server whose clock is moved."""
    url, folder = ground.database(kind, "model"), ground.folder / kind
    began, verdicts = time.monotonic(), Counter[str]()
    with opened(url, folder, migrate=True) as app:
        for _ in range(-(-steps // A_STORY)):
            chain = Chain.open(app)
            world = World(chain, OverApi(chain, chain.api, twice=every(7)))
            _played(ground, f"{kind}: ", app, world, min(steps, A_STORY))
            verdicts.update(world.verdicts)
        with (
            web_server(environment(url, folder)) as web,
            httpx2.Client(base_url=web.url, timeout=30) as client,
        ):
            chain = Chain.open(app)
            world = World(chain, OverApi(chain, chain.api_at(client)), at=moving(web), late=2)
            _played(ground, f"{kind}, over the wire: ", app, world, min(steps, OVER_THE_WIRE))
    seconds, total = time.monotonic() - began, sum(verdicts.values())
    ground.figure(f"{kind}: {total:,} verbs compared, {seconds:.0f} s")
    ground.figure(", ".join(f"{told} {count}" for told, count in sorted(verdicts.items())))


def _played(ground: Ground, name: str, app: Flask, world: World, steps: int) -> None:
    seed = secrets.randbelow(10**6)
    story = Story(world, seed)
    try:
        story.begin()
        story.run(steps)
        with app.app_context():
            breaches = [str(breach) for breach in verify.breaches(world.chain.company_id)]
        assert not breaches, f"seed {seed}: {breaches[:5]}"
    except AssertionError as different:
        ground.promise(False, f"{name}{different}")
    else:
        ground.promise(True, f"{name}{steps:,} steps of seed {seed} differ in no figure")
