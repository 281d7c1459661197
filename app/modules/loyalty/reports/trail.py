"""What stands in the companies' audit chains: what operators did, or everybody.

The chains are kept company by company, and so is their key. A page across all companies is looked
for in the last weeks first, then in the last year, then in all: ids are ordered by time, so each
look reads the end of every chain and no more. At most three statements a page, whatever number of
companies; needs the operator's crossing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import select

from .... import ids
from ....accounts.companies import Company
from ....accounts.users import User
from ....audit import AuditEntry
from ....extensions import db

# What is done at the desk alone: who was an operator then may be none today.
DESK_ACTS = (
    "company.opened",
    "company.closed",
    "company.open",
    "operator.setting",
    "schedule.hurried",
    "event.replayed",
    "events.replayed",
    "wallet.resumed",
)
_LOOKS = (timedelta(days=30), timedelta(days=365), None)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which acts: all of the desk's where nothing is said. `act` is its name or how it begins;
    days are UTC's, both included."""

    company_id: int | None = None
    act: str | None = None
    user_id: int | None = None
    first: date | None = None
    last: date | None = None
    everybody: bool = False


class Act(NamedTuple):
    """One entry with whom it is about, and whose it is: None for what nobody signed in did."""

    entry: AuditEntry
    company: str
    user: str | None
    by_operator: bool


def acts(
    *,
    limit: int,
    before: int | None = None,
    sought: Sought = Sought(),
) -> list[Act]:
    """At most `limit` acts, the latest first, from below the id `before`."""
    query = _sought(sought).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    found: Sequence[Any] = ()
    for look in _LOOKS if sought.company_id is None else (None,):
        since = ids.earlier(before or ids.new_id(), by=look) if look else 0
        found = db.session.execute(query.where(AuditEntry.id >= since)).all()
        if len(found) == limit:
            break
    return [Act(entry, name, user, bool(operator)) for entry, name, user, operator in found]


def operators() -> Sequence[User]:
    """Who may be asked for: the operators of today, by name."""
    query = select(User).where(User.is_operator).order_by(User.name, User.id)
    return db.session.scalars(query).all()


def _sought(sought: Sought) -> Any:
    query: Any = (
        select(AuditEntry, Company.name, User.name, User.is_operator)
        .join(Company, Company.id == AuditEntry.company_id)
        .outerjoin(User, User.id == AuditEntry.user_id)
    )
    if sought.act is not None:
        query = query.where(AuditEntry.act.startswith(sought.act, autoescape=True))
    if not sought.everybody:
        query = query.where(AuditEntry.act.in_(DESK_ACTS))
    if sought.company_id is not None:
        query = query.where(AuditEntry.company_id == sought.company_id)
    if sought.user_id is not None:
        query = query.where(AuditEntry.user_id == sought.user_id)
    return _within(query, sought.first, sought.last)


def _within(query: Any, first: date | None, last: date | None) -> Any:
    """Days of UTC. In production, where nobody moves the clock, the key says how old an entry is
    at most, and only those ends of the chains are read."""
    by_key = current_app.config["SETTINGS"].production
    if first:
        begins = datetime.combine(first, time(), UTC)
        query = query.where(AuditEntry.occurred_at >= begins)
        if by_key:
            query = query.where(AuditEntry.id >= ids.first_at(begins - _DAY))
    if last:
        ends = datetime.combine(last, time(), UTC) + _DAY
        query = query.where(AuditEntry.occurred_at < ends)
        if by_key:
            query = query.where(AuditEntry.id < ids.first_at(ends + _DAY))
    return query
