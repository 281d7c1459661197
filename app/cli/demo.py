"""`flask demo`: the demo chain, and large synthetic companies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask_migrate import upgrade

from .. import demo as plays
from ..errors import Forbidden
from .console import Commands, progress

demo = Commands("demo", help="The demo chain, and synthetic companies for measurements.")
GROUPS = (demo,)


@demo.command("seed")
def seed() -> None:
    """Seed the demo chains where they are missing; existing data is never touched."""
    _not_in_production()
    if not plays.seed(_tell):
        _tell("the demo chains are there")


@demo.command("up")
def up() -> None:
    """Migrate, seed on the first run, make fresh pairing codes, print where to go."""
    _not_in_production()
    with one_at_a_time():
        upgrade()
        plays.seed(_tell)
        codes = plays.pairing_codes()
    click.echo(plays.sheet(current_app.config["SETTINGS"].public_url, codes))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A second start of this installation waits for the first, and finds the chains there."""
    with (current_app.config["SETTINGS"].instance_dir / "demo.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@demo.command("load")
@click.option("--companies", default=1, show_default=True, help="How many companies.")
@click.option("--cards", default=1_000, show_default=True, help="In all, spread evenly.")
@click.option("--transactions", default=10_000, show_default=True, help="In all, spread evenly.")
@click.option("--prefix", default="load", show_default=True, help="Slugs are PREFIX-1, PREFIX-2 …")
def load(*, companies: int, cards: int, transactions: int, prefix: str) -> None:
    """Make companies with a year of synthetic history, set-based, for measurements."""
    _not_in_production()
    with progress("lines", transactions) as advance:
        made = plays.load(
            company_count=companies, cards=cards, lines=transactions, prefix=prefix, advance=advance
        )
    if not made:
        _tell("already there")


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)


def _not_in_production() -> None:
    if current_app.config["SETTINGS"].production:
        raise Forbidden("APP_ENV is production, where the demo's well-known passwords stay out.")
