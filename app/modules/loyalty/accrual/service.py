"""Earning verbs. The edge commits."""

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from .... import tenancy
from ....accounts.actors import Actor
from ....errors import NotFound
from ....extensions import db
from .. import ledger
from ..ledger import Attempt, Decision, LockedCard, LoyaltyTransaction, Posted, Setting
from . import rules


def add_stamps(
    number: str,
    quantity: int,
    *,
    by: Actor,
    attempt: Attempt | None,
    reference: str | None = None,
) -> Posted:
    """Stamp a card; raises the refusals of `rules.stamps_for`, `NotFound` and `Invalid`."""

    def decide(card: LockedCard, where: Setting) -> Decision:
        return rules.stamps_for(card, quantity, where, reference)

    return ledger.write(number, decide, by=by, attempt=attempt)


def undo_stamps(transaction_id: int, *, by: Actor, attempt: Attempt | None) -> Posted:
    """Take back a stamp that the same person gave within the last ten minutes."""

    def decide(card: LockedCard, where: Setting) -> Decision:
        line = _line_facts(transaction_id)
        return rules.undo_of(card, line, where, staff_id=by.staff_id)

    return ledger.write(_card_of(transaction_id), decide, by=by, attempt=attempt)


def welcome(card_id: int, *, by: Actor) -> Posted | None:
    """Grant the welcome bonus of the rules in force to a card just made, if there is one.

    Whether this person had it before is the enrolment's question.
    """
    card, where = ledger.lock(card_id, by=by, attempt=None)
    decision = rules.welcome_for(card, where)
    return ledger.post(card, decision, where=where, by=by, attempt=None) if decision else None


def _card_of(transaction_id: int) -> int:
    card_id = db.session.scalar(
        select(LoyaltyTransaction.card_id).where(LoyaltyTransaction.id == transaction_id)
    )
    if card_id is None:
        raise NotFound("There is no such line.")
    return card_id


def _line_facts(transaction_id: int) -> rules.LineFacts:
    """Read after the lock: lines never change, and whether one was reversed is judged now."""
    reversal = aliased(LoyaltyTransaction)
    row = db.session.execute(
        select(
            LoyaltyTransaction.id,
            LoyaltyTransaction.sequence,
            LoyaltyTransaction.type,
            LoyaltyTransaction.stamps,
            LoyaltyTransaction.staff_id,
            LoyaltyTransaction.occurred_at,
            LoyaltyTransaction.business_day,
            exists(
                select(reversal.id).where(
                    reversal.company_id == tenancy.company_id(),
                    reversal.reverses_id == transaction_id,
                )
            ),
        ).where(LoyaltyTransaction.id == transaction_id)
    ).one()
    return rules.LineFacts(*row)
