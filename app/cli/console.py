"""How every command speaks: an expected "no" is one line and exit 1; long work shows itself."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import click
from flask.cli import AppGroup

from ..errors import Invalid, Refusal


class Commands(AppGroup):
    """A group of commands whose refusals are one line on stderr, and exit 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(refusal.sentence) from None


def must_agree(kept: object, **wanted: object) -> None:
    """Creating what exists with the same values is done; with other values, raises `Invalid`."""
    errors = {
        field: f"got {value!r}, but it exists with {getattr(kept, field)!r}"
        for field, value in wanted.items()
        if getattr(kept, field) != value
    }
    if errors:
        raise Invalid(errors)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields `advance(steps)`: a bar on a terminal, otherwise a plain line every few seconds."""
    if sys.stderr.isatty():
        with click.progressbar(length=total, label=what, file=sys.stderr) as bar:
            yield bar.update
        return
    done, said = 0, monotonic()

    def advance(steps: int) -> None:
        nonlocal done, said
        done += steps
        if monotonic() - said >= 5 or done >= total:
            said = monotonic()
            click.echo(f"{what}: {done:,} of {total:,}", err=True)

    yield advance
