"""What the operators of the installation did, from every company's audit chain.

Two statements a page, whatever number of companies; needs the operator's crossing.
"""

from typing import NamedTuple

from sqlalchemy import select

from ....accounts.companies import Company
from ....accounts.users import User
from ....audit import AuditEntry
from ....extensions import db


class Act(NamedTuple):
    """One entry with whom it is about and whose it is."""

    entry: AuditEntry
    company: str
    user: str


def acts(*, limit: int, before: int | None = None, company_id: int | None = None) -> list[Act]:
    """At most `limit` acts of operators, the latest first, from below the id `before`; all
    companies', or one's."""
    operators = list(db.session.scalars(select(User.id).where(User.is_operator)))
    query = (
        select(AuditEntry, Company.name, User.name)
        .join(Company, Company.id == AuditEntry.company_id)
        .join(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.user_id.in_(operators))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if company_id is not None:
        query = query.where(AuditEntry.company_id == company_id)
    return [Act(*row) for row in db.session.execute(query)]
