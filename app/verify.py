"""Every invariant that exists, collected: what `flask loyalty verify` runs.

Company by company, each in one read-only transaction of its own: it sees one moment, and
can run beside the tills.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from . import audit, tenancy
from .accounts.companies import Company
from .database import invariants, read_only
from .extensions import db
from .modules.loyalty.adjustments import invariants as adjustments
from .modules.loyalty.ledger import invariants as ledger
from .modules.loyalty.programs import invariants as programs
from .modules.loyalty.reports import invariants as reports
from .modules.loyalty.rewards import invariants as rewards

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that should always hold and does not. `company` is a slug, empty for the schema."""

    company: str
    invariant: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.company, self.invariant, self.sentence) if part)


def size(only: int | None = None) -> int:
    """How many ledger lines there are to walk, in all companies or in one (by id)."""
    return sum(_reading(company, ledger.size) for company, _ in _companies(only))


def breaches(
    only: int | None = None, advance: Callable[[int], None] = lambda lines: None
) -> Iterator[Breach]:
    """Every breach, in all companies or in one (by id); `advance` hears of lines walked."""
    with read_only(), tenancy.crossing():
        missing = list(invariants.missing_triggers())
        db.session.rollback()
    yield from (Breach("", *found) for found in missing)
    for company, slug in _companies(only):
        for found in _reading(company, lambda: list(_of_company(advance))):
            yield Breach(slug, *found)


def _of_company(advance: Callable[[int], None]) -> Iterator[tuple[str, str]]:
    yield from (("audit", sentence) for sentence in audit.breaches())
    yield from invariants.stray_references()
    yield from programs.check()
    yield from rewards.check()
    yield from adjustments.check()
    yield from reports.check()
    yield from ledger.check(advance)


def _companies(only: int | None) -> list[tuple[int, str]]:
    with read_only(), tenancy.crossing():
        query = select(Company.id, Company.slug).order_by(Company.id)
        if only is not None:
            query = query.where(Company.id == only)
        found: list[tuple[int, str]] = list(db.session.execute(query))
        db.session.rollback()
    return found


def _reading(company: int, look: Callable[[], Answer]) -> Answer:
    with read_only(), tenancy.acting_as(company):
        try:
            return look()
        finally:
            db.session.rollback()
