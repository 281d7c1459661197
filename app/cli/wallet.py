"""`flask wallet …`: whether passes work, and if not, why and what to do; keeping them true."""

import sys
from collections.abc import Sequence

import click
from sqlalchemy import select

from .. import tenancy
from ..accounts.companies import Company
from ..extensions import db
from ..modules.loyalty.wallet import channels, sync
from ..modules.loyalty.wallet import doctor as doctoring
from ..modules.loyalty.wallet.credentials import FAULT, OK, WARNING
from ..modules.loyalty.wallet.doctor import Line
from ..modules.loyalty.wallet.sync import Tally
from .accounts import find_company
from .console import Commands, progress

wallet = Commands("wallet", help="Passes in the phones' wallets.")
GROUPS = (wallet,)
_SAID = {OK: "ok     ", WARNING: "warning", FAULT: "BROKEN "}


@wallet.command("doctor")
@click.option("--company", "slug", help="Only this company, by its slug.")
@click.option("--online", is_flag=True, help="Ask Apple and Google, too.")
def doctor(slug: str | None, online: bool) -> None:
    """Look at credentials, certificates, addresses and pictures, changing nothing: one line a
    check, and exit 1 if anything is broken."""
    lines = _told("installation", doctoring.installation()) if slug is None else []
    for name, company_id in _companies(slug):
        with tenancy.acting_as(company_id):
            lines += _told(name, doctoring.company(online=online, brief=slug is None))
            db.session.rollback()
    if not lines:
        click.echo("no company lives here, and the installation has no credentials", err=True)
    broken = sum(line.state == FAULT for line in lines)
    if broken:
        click.echo(f"{broken} {'thing is' if broken == 1 else 'things are'} broken", err=True)
        sys.exit(1)
    click.echo("nothing is broken", err=True)


@wallet.command("sync")
@click.option("--company", "slug", help="Only this company, by its slug.")
@click.option("--all", "every", is_flag=True, help="Compare every pass with its card, not some.")
def keep_true(slug: str | None, every: bool) -> None:
    """Repair what was lost, as each hour does, and sync what is due, as the server does all the
    time. Running it again changes nothing; exit 1 where a channel is stopped."""
    stopped = 0
    for name, company_id in _companies(slug):
        with tenancy.acting_as(company_id):
            done = sync.sweep(every=every)
            waiting = sync.waiting()
        tally = _synced(name, company_id, waiting)
        with tenancy.acting_as(company_id):
            left = sync.waiting()
            faults = channels.stopped()
            db.session.rollback()
        click.echo(
            f"{name}: {done}; {tally.sent} sent, {tally.same} the same, {tally.failed} failed"
        )
        if left:
            click.echo(f"{name}: {left} wait for a channel, or for the next minute", err=True)
        for platform, fault in faults:
            click.echo(f"{name}: {platform} is stopped: {fault}", err=True)
        stopped += len(faults)
    if stopped:
        sys.exit(1)


def _synced(name: str, company_id: int, waiting: int) -> Tally:
    """Round after round, until nothing is due that can be delivered now."""
    total = Tally()
    with progress(name, waiting) as advance:
        while (tally := sync.tell(company_id=company_id)).leased:
            total.add(tally)
            advance(tally.leased)
    return total


def _told(whose: str, lines: Sequence[Line]) -> list[Line]:
    for line in lines:
        click.echo(f"{_SAID[line.state]} {whose}, {line.platform}: {line.sentence}")
    return list(lines)


def _companies(slug: str | None) -> list[tuple[str, int]]:
    """`(slug, id)` of that company, or of every open one, by name."""
    if slug:
        return [(slug, find_company(slug))]
    with tenancy.crossing():
        query = select(Company.slug, Company.id).where(Company.status == "open")
        found = [(name, one) for name, one in db.session.execute(query.order_by(Company.slug))]
        db.session.rollback()
    return found
