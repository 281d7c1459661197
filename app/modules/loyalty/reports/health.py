"""How the companies of an installation are: for the operator's desk, across all of them.

A constant number of statements, whatever number of companies; needs the operator's crossing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select

from .... import clock
from ....accounts.companies import Company
from ....accounts.vendors import Vendor
from ....extensions import db
from ....outbox import DEAD, PENDING, OutboxEvent
from ....schedules import Schedule
from ..cards import CLOSED, LoyaltyCard
from ..programs import LoyaltyProgram, ProgramRevision
from ..wallet import WalletChannel, WalletPass
from . import rollups
from .sums import Figures

LATE = timedelta(minutes=1)
_Program = tuple[LoyaltyProgram | None, str | None, str]
_NO_PROGRAM: _Program = (None, None, "#12211b")


@dataclass(frozen=True, slots=True)
class Standing:
    """One company: what it runs, how large it is, and what is wrong there."""

    company: Company
    program: LoyaltyProgram | None
    loyalty_type: str | None
    color: str
    shops: int
    members: int
    points: int
    lines: int
    late: int
    oldest_late: datetime | None
    dead: int
    failing: int
    wallets_stopped: int
    passes_late: int

    @property
    def well(self) -> bool:
        """Whether nobody has to look."""
        return not (
            self.late or self.dead or self.failing or self.wallets_stopped or self.passes_late
        )


def standings(company_id: int | None = None) -> list[Standing]:
    """Every company, those that need somebody first, then by name; or the one of this company,
    where it acts. Nine statements."""
    every = select(Company)
    query = every if company_id is None else every.where(Company.id == company_id)
    companies = db.session.scalars(query).all()
    programs = _programs()
    shops = _by_company(select(Vendor.company_id, func.count()).where(Vendor.status == "open"))
    members = _members()
    today = clock.now().astimezone(UTC).date()
    # A day more: east of Greenwich tomorrow has begun.
    week = rollups.by_company(today - timedelta(days=6), today + timedelta(days=1))
    late, dead, failing = _late(), _dead(), _failing()
    stopped, passes = _wallets_stopped(), _passes_late()
    found = [
        Standing(
            company,
            program=programs.get(company.id, _NO_PROGRAM)[0],
            loyalty_type=programs.get(company.id, _NO_PROGRAM)[1],
            color=programs.get(company.id, _NO_PROGRAM)[2],
            shops=shops.get(company.id, 0),
            members=members.get(company.id, (0, 0))[0],
            points=members.get(company.id, (0, 0))[1],
            lines=week.get(company.id, Figures()).lines,
            late=late.get(company.id, (0, None))[0],
            oldest_late=late.get(company.id, (0, None))[1],
            dead=dead.get(company.id, 0),
            failing=failing.get(company.id, 0),
            wallets_stopped=stopped.get(company.id, 0),
            passes_late=passes.get(company.id, 0),
        )
        for company in companies
    ]
    return sorted(
        found,
        key=lambda one: (one.company.status != "open", one.well, one.company.name.casefold()),
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """What the open companies' latest nights found when they checked every invariant."""

    companies: int
    broken: int
    latest: datetime | None


def verified() -> Verified:
    """One statement; a company whose first night is still to come is not counted."""
    query = (
        select(
            func.count(),
            func.coalesce(func.sum(case((Schedule.failures > 0, 1), else_=0)), 0),
            func.max(Schedule.ended_at),
        )
        .join(Company, Company.id == Schedule.company_id)
        .where(Schedule.kind == "verify", Schedule.ended_at.is_not(None), Company.status == "open")
    )
    companies, broken, latest = db.session.execute(query).one()
    return Verified(companies, int(broken), latest)


def late_events() -> int:
    """How much waits longer than it should, in all companies."""
    waiting = OutboxEvent.state == PENDING, OutboxEvent.due_at < clock.now() - LATE
    return db.session.scalar(select(func.count()).select_from(OutboxEvent).where(*waiting)) or 0


def _by_company(query: Any) -> dict[int, Any]:
    """`{company: figure}`, of a query whose first column is the company."""
    company = query.selected_columns[0]
    return {row[0]: row[1] for row in db.session.execute(query.group_by(company))}


def _programs() -> dict[int, _Program]:
    """By company: the programme, what it counts, and the colour of its cards."""
    columns = LoyaltyProgram, ProgramRevision.loyalty_type, ProgramRevision.card_color
    query = select(*columns).join(
        ProgramRevision,
        (ProgramRevision.company_id == LoyaltyProgram.company_id)
        & (ProgramRevision.id == LoyaltyProgram.revision_id),
    )
    return {row[0].company_id: (row[0], row[1], row[2]) for row in db.session.execute(query)}


def _members() -> dict[int, tuple[int, int]]:
    """Open cards and the points that can be spent, debts left out: as everywhere they are shown."""
    balance = LoyaltyCard.points_balance
    points = func.coalesce(func.sum(case((balance > 0, balance), else_=0)), 0)
    query = (
        select(LoyaltyCard.company_id, func.count(), points)
        .where(LoyaltyCard.status != CLOSED)
        .group_by(LoyaltyCard.company_id)
    )
    return {company: (cards, int(sum_)) for company, cards, sum_ in db.session.execute(query)}


def _late() -> dict[int, tuple[int, datetime | None]]:
    query = (
        select(OutboxEvent.company_id, func.count(), func.min(OutboxEvent.due_at))
        .where(OutboxEvent.state == PENDING, OutboxEvent.due_at < clock.now() - LATE)
        .group_by(OutboxEvent.company_id)
    )
    return {company: (number, oldest) for company, number, oldest in db.session.execute(query)}


def _dead() -> dict[int, int]:
    return _by_company(
        select(OutboxEvent.company_id, func.count()).where(OutboxEvent.state == DEAD)
    )


def _failing() -> dict[int, int]:
    return _by_company(select(Schedule.company_id, func.count()).where(Schedule.failures > 0))


def _wallets_stopped() -> dict[int, int]:
    stopped = WalletChannel.stopped_at.is_not(None)
    return _by_company(select(WalletChannel.company_id, func.count()).where(stopped))


def _passes_late() -> dict[int, int]:
    """Passes that wait longer than they should; those of a stopped channel are told by that."""
    waiting = WalletPass.due_at < clock.now() - LATE, WalletPass.attempts == 0
    return _by_company(select(WalletPass.company_id, func.count()).where(*waiting))
