"""Every company's programme with its figures: what the operator of the installation compares.

Three statements, whatever number of companies. Under the operator's crossing it reads them all;
where one company acts, that one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from .... import clock
from ....accounts.companies import Company
from ....extensions import db
from ..cards import CLOSED, LoyaltyCard
from ..programs import LoyaltyProgram, ProgramRevision
from . import rollups
from .sums import Figures

DAYS = 30
PAPER = "#12211b"  # the chip of a company whose cards have no colour yet
_BP = 10_000


class InForce(NamedTuple):
    """What a list tells of a revision: whole ones are forty columns wide."""

    number: int
    published_at: datetime
    loyalty_type: str
    card_color: str
    stamps_target: int
    points_per_unit: int
    unit_minor: int
    point_value_bp: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What stands on a company's open cards."""

    members: int = 0
    active: int = 0
    open_points: int = 0
    rewards_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """One company's programme: its rules in force (None before the first), what stands on its
    cards, and what moved in the last `DAYS` days."""

    company: Company
    program: LoyaltyProgram | None
    revision: InForce | None
    held: Held
    moved: Figures

    @property
    def state(self) -> str:
        """`closed` (the company), `none`, `paused` or `running`."""
        if self.company.status != "open":
            return "closed"
        if self.program is None:
            return "none"
        return "running" if self.program.active else "paused"

    @property
    def type(self) -> str:
        return self.revision.loyalty_type if self.revision else ""

    @property
    def color(self) -> str:
        return self.revision.card_color if self.revision else PAPER

    @property
    def worth_minor(self) -> int | None:
        """What the open points pay, rounded down; None where no value was set on a point."""
        bp = self.revision.point_value_bp if self.revision else None
        return None if bp is None else self.held.open_points * bp // _BP


def programmes(company_id: int | None = None) -> list[Programme]:
    """All programmes by the company's name, or the one of this company."""
    today = clock.now().astimezone(UTC).date()
    # A day more: east of Greenwich tomorrow has begun.
    moved = rollups.by_company(today - timedelta(days=DAYS - 1), today + timedelta(days=1))
    held = _held()
    found = [
        Programme(
            company,
            program,
            InForce(*rules) if program else None,
            held.get(company.id, Held()),
            moved.get(company.id, Figures()),
        )
        for company, program, *rules in db.session.execute(_rules(company_id))
    ]
    return sorted(found, key=lambda one: (one.company.name.casefold(), one.company.id))


def worth_by_currency(found: list[Programme]) -> dict[str, int]:
    """What open points pay in all, in minor units, each currency by itself: they are never added
    to each other. Those of closed companies are owed all the same."""
    sums: dict[str, int] = {}
    for one in found:
        if one.worth_minor:
            currency = one.company.currency
            sums[currency] = sums.get(currency, 0) + one.worth_minor
    return dict(sorted(sums.items()))


def _rules(company_id: int | None) -> Any:
    columns = (getattr(ProgramRevision, name) for name in InForce._fields)
    query = (
        select(Company, LoyaltyProgram, *columns)
        .outerjoin(LoyaltyProgram, LoyaltyProgram.company_id == Company.id)
        .outerjoin(ProgramRevision, _in_force())
    )
    return query if company_id is None else query.where(Company.id == company_id)


def _held() -> dict[int, Held]:
    """By company, its open cards; rewards by the target in force."""
    points, stamps = LoyaltyCard.points_balance, LoyaltyCard.stamps_balance
    target = ProgramRevision.stamps_target
    since = clock.now() - timedelta(days=DAYS)
    ready = (stamps >= target) & (ProgramRevision.loyalty_type != "points")
    query = (
        select(
            LoyaltyCard.company_id,
            func.count(),
            func.sum(case((LoyaltyCard.last_activity_at >= since, 1), else_=0)),
            func.sum(case((points > 0, points), else_=0)),
            func.sum(case((ready, stamps // target), else_=0)),
        )
        .join(LoyaltyProgram, LoyaltyProgram.company_id == LoyaltyCard.company_id)
        .join(ProgramRevision, _in_force())
        .where(LoyaltyCard.status != CLOSED)
        .group_by(LoyaltyCard.company_id)
    )
    return {row[0]: Held(*(int(each) for each in row[1:])) for row in db.session.execute(query)}


def _in_force() -> ColumnElement[bool]:
    return (ProgramRevision.company_id == LoyaltyProgram.company_id) & (
        ProgramRevision.id == LoyaltyProgram.revision_id
    )
