"""A new policy never shortens what was granted, and lengthens it where it promises more."""

from datetime import date
from typing import Any

from sqlalchemy import select, update

from ....extensions import db
from ..ledger import LoyaltyTransaction, PointLot
from ..programs import ProgramRevision
from ..programs.expiry import Policy, promised


def raise_promises() -> None:
    """Let each open lot that has a day keep the latest one of all policies since its grant.

    Set-based: one statement for each day of grants and revision whose day has moved. Running
    it again changes nothing.
    """
    history = _history()
    if len({str(policy) for _, policy in history}) < 2:
        return
    for granted_on, revision_id, kept in _granted():
        since = next((n for n, (known, _) in enumerate(history) if known == revision_id), 0)
        best = promised((policy for _, policy in history[since:]), granted_on)
        if best is None or best > kept:
            _raise(granted_on, revision_id, kept, best)


def _history() -> list[tuple[int, Policy]]:
    """Every revision with its policy, in the order of publication."""
    query = select(ProgramRevision.id, ProgramRevision.expiry).order_by(ProgramRevision.number)
    return [(revision_id, expiry) for revision_id, expiry in db.session.execute(query)]


def _granted() -> Any:
    """`(day of grant, revision, day of expiry)` of open lots, each once."""
    query = (
        select(PointLot.granted_on, LoyaltyTransaction.revision_id, PointLot.expires_on)
        .join(LoyaltyTransaction, LoyaltyTransaction.id == PointLot.transaction_id)
        .where(PointLot.remaining > 0, PointLot.expires_on.is_not(None))
        .distinct()
    )
    return db.session.execute(query).all()


def _raise(granted_on: date, revision_id: int, kept: date, best: date | None) -> None:
    lines = select(LoyaltyTransaction.id).where(LoyaltyTransaction.revision_id == revision_id)
    db.session.execute(
        update(PointLot)
        .where(
            PointLot.granted_on == granted_on,
            PointLot.expires_on == kept,
            PointLot.transaction_id.in_(lines),
        )
        .values(expires_on=best)
        .execution_options(synchronize_session=False)
    )
