"""`flask loyalty verify`: what always holds, looked at."""

import sys

import click

from .. import verify as verification
from .accounts import find_company
from .console import Commands, progress

loyalty = Commands("loyalty", help="The ledger and its programme.")
GROUPS = (loyalty,)


@loyalty.command("verify")
@click.option("--company", "slug", help="Only this company, by its slug.")
def verify(slug: str | None) -> None:
    """Check every invariant, reading only: one line per breach, and exit 1 if there is any."""
    only = find_company(slug) if slug else None
    found = 0
    with progress("lines", verification.size(only)) as advance:
        for breach in verification.breaches(only, advance):
            found += 1
            click.echo(str(breach))
    if found:
        click.echo(f"{found} {'breach' if found == 1 else 'breaches'}", err=True)
        sys.exit(1)
    click.echo("clean", err=True)
