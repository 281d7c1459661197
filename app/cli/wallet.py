"""`flask wallet doctor`: whether passes work, and if not, why and what to do."""

import sys
from collections.abc import Sequence

import click
from sqlalchemy import select

from .. import tenancy
from ..accounts.companies import Company
from ..extensions import db
from ..modules.loyalty.wallet import doctor as doctoring
from ..modules.loyalty.wallet.credentials import FAULT, OK, WARNING
from ..modules.loyalty.wallet.doctor import Line
from .accounts import find_company
from .console import Commands

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
            lines += _told(name, doctoring.company(online=online))
            db.session.rollback()
    if not lines:
        click.echo("no company lives here, and the installation has no credentials", err=True)
    broken = sum(line.state == FAULT for line in lines)
    if broken:
        click.echo(f"{broken} {'thing is' if broken == 1 else 'things are'} broken", err=True)
        sys.exit(1)
    click.echo("nothing is broken", err=True)


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
