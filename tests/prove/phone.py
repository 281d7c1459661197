"""A simulated phone through a thousand random changes, with the real engine and a push service on
loopback: it shows each of them."""

import secrets
import time
from random import Random

import flask_migrate

from app import verify
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.wallet import pki
from tests.wallet.conftest import PUBLIC_URL
from tests.wallet.fakes import apns as fakes
from tests.wallet.playing import Play

from .ground import Ground


def run(ground: Ground, kind: str, *, changes: int) -> None:
    """One card and one phone on one kind of database."""
    folder, seed = ground.folder / f"phone-{kind}", secrets.randbelow(10**6)
    with fakes.serving(folder / "apns") as service:
        app = make_app(
            ground.database(kind, "phone"),
            folder,
            PUBLIC_URL=PUBLIC_URL,
            APNS_URL=service.url,
            APNS_CA=str(folder / "apns" / "root.pem"),
            **pki.written(folder / "apple"),
        )
        try:
            with app.app_context():
                flask_migrate.upgrade()
            began = time.monotonic()
            play = Play(Chain.open(app), service, Random(seed))
            play.begin()
            play.run(changes)
            pushed = play.end()
            with app.app_context():
                breaches = [str(each) for each in verify.breaches(play.chain.company_id)]
        finally:
            dispose(app)
    name = f"{kind}, seed {seed}"
    told = ", ".join(f"{what} {count:,}" for what, count in sorted(play.counts.items()))
    ground.figure(f"{name}: {time.monotonic() - began:.0f} s; {told}")
    for each in play.lost[:5]:
        ground.figure(each)
    ground.promise(not play.lost, f"{name}: {changes:,} changes, {len(play.lost)} lost")
    ground.promise(play.counts["two within a second"] > 0, f"{name}: some within one second")
    ground.promise(not service.wrong, f"{name}: no push that Apple would not take")
    ground.promise(pushed == 0, f"{name}: nothing is pushed after the pass was deleted")
    ground.promise(not breaches, f"{name}: the books verify")
