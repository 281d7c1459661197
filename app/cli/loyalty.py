"""`flask loyalty …`: what always holds, looked at; what expires, and whose tier falls."""

import sys

import click
from sqlalchemy import select

from .. import money, tenancy
from .. import verify as verification
from ..accounts import companies
from ..accounts.companies import Company
from ..extensions import db
from ..modules.loyalty import expiry, programs, reviews
from ..modules.loyalty.expiry import Outcome
from .accounts import find_company
from .console import Commands, progress

loyalty = Commands("loyalty", help="The ledger and its programme.")
GROUPS = (loyalty,)


@loyalty.command("expire")
@click.option("--company", "slug", help="Only this company, by its slug.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
def expire(slug: str | None, dry_run: bool) -> None:
    """Give notices and let points expire, as every company's night does. Running it again
    changes nothing."""
    failed = 0
    for company_id in _companies(slug):
        with tenancy.acting_as(company_id):
            outcome = expiry.expire(dry_run=dry_run)
            value = programs.current().point_value_bp
            click.echo(_told(companies.acting(), outcome, value, dry_run))
            db.session.rollback()
        failed += len(outcome.failed)
    if failed:
        click.echo(f"{failed} cards could not be judged; the log says why", err=True)
        sys.exit(1)


def _told(company: Company, outcome: Outcome, value_bp: int | None, dry_run: bool) -> str:
    """One company's night in one line."""
    worth = "nothing, as no value is set"
    if value_bp is not None:
        value = value_bp * outcome.points // 10_000
        worth = money.show(value, company.currency, company.locale)
    went, were = ("would expire", "would be") if dry_run else ("expired", "were")
    return (
        f"{company.slug}: {outcome.points} points on {outcome.cards} cards {went},"
        f" worth {worth}; {outcome.told} cards {were} told"
    )


@loyalty.command("review")
@click.option("--company", "slug", help="Only this company, by its slug.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
def review(slug: str | None, dry_run: bool) -> None:
    """Hold the yearly review of tiers where one is due, as every company's night does. Running
    it again changes nothing."""
    failed = 0
    for company_id in _companies(slug):
        with tenancy.acting_as(company_id):
            outcome = reviews.review(dry_run=dry_run)
            click.echo(f"{companies.acting().slug}: {_reviewed(outcome, dry_run)}")
            db.session.rollback()
        failed += len(outcome.failed)
    if failed:
        click.echo(f"{failed} cards could not be judged; the log says why", err=True)
        sys.exit(1)


def _reviewed(outcome: reviews.Outcome, dry_run: bool) -> str:
    if outcome.on is None:
        return "no review is due"
    falls = "would fall" if dry_run else "fell"
    return f"the review of {outcome.on}: {outcome.lowered} of {outcome.cards} tiers {falls}"


def _companies(slug: str | None) -> list[int]:
    """The ids of the company of that slug, or of every open one."""
    if slug:
        return [find_company(slug)]
    with tenancy.crossing():
        found = db.session.scalars(select(Company.id).where(Company.status == "open")).all()
        db.session.rollback()
    return list(found)


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
