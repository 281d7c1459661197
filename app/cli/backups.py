"""`flask backup`, `flask restore`: an installation as one file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import with_appcontext

from ..errors import Refusal

# With another FIELD_KEY every single line is a breach.
_TOLD = 20


@click.command("backup")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(path: Path) -> None:
    """Write the database at one moment, and the uploads, to PATH; the tills go on meanwhile."""
    from .. import backups

    with _plainly():
        manifest = backups.backup(path)
    size = path.stat().st_size
    click.echo(f"{path}: {size:,} bytes, {manifest['database']} at {manifest['made_at']}")


@click.command("restore")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Throw away the installation that is here.")
@with_appcontext
def restore(path: Path, force: bool) -> None:
    """Put a backup in place, migrate it, and look at every invariant. Stop the server first."""
    from .. import backups, verify

    with _plainly():
        manifest = backups.restore(path, force=force)
    click.echo(f"restored: {manifest['database']} as of {manifest['made_at']}")
    found = list(map(str, verify.breaches()))
    for breach in found[:_TOLD]:
        click.echo(breach)
    if found:
        raise click.ClickException(
            f"{len(found)} invariants do not hold in what was restored; flask loyalty verify"
            " tells them all. Where every chain is broken, FIELD_KEY is another one here."
        )
    click.echo("verified: clean")


@contextmanager
def _plainly() -> Iterator[None]:
    """An expected "no" is one line, and exit 1."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from None
