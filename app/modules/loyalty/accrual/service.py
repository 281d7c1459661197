"""Earning verbs. The edge commits."""

from ....accounts.actors import Actor
from ....extensions import db
from .. import ledger
from ..cards import LoyaltyCard
from ..ledger import Attempt, Decision, LockedCard, Posted, Setting
from ..ledger.checks import must_be_usable, must_run
from . import sales, stamps
from .points import SaleLine, sale_of
from .welcome import FIRST_VISIT, VERIFIED, welcome_due, welcome_for, welcomed


def add_stamps(
    number: str,
    quantity: int,
    *,
    by: Actor,
    attempt: Attempt | None,
    reference: str | None = None,
) -> Posted:
    """Stamp a card; raises the refusals of `stamps.stamps_for`, `NotFound` and `Invalid`."""

    def decide(card: LockedCard, where: Setting) -> tuple[Decision, ...]:
        line = stamps.stamps_for(card, quantity, where, reference)
        return (line, *welcomed(card, line, where, FIRST_VISIT))

    return ledger.write(number, decide, by=by, attempt=attempt)


def earn(
    number: str,
    amount_minor: int | None,
    *,
    by: Actor,
    attempt: Attempt | None,
    category: str | None = None,
    lines: list[SaleLine] | None = None,
    reference: str | None = None,
) -> Posted:
    """Award the points of a sale; raises the refusals of `sales.sale_for`, and `NotFound`."""

    def decide(card: LockedCard, where: Setting) -> tuple[Decision, ...]:
        sale = sale_of(amount_minor, category, lines, where.rules)
        return sales.sale_for(card, sale, where, reference)

    return ledger.write(number, decide, by=by, attempt=attempt)


def preview(
    number: str,
    amount_minor: int | None,
    *,
    by: Actor,
    category: str | None = None,
    lines: list[SaleLine] | None = None,
) -> tuple[Decision, LockedCard]:
    """What `earn` would decide now, and of which card; nothing is locked or written."""
    card, where = ledger.peek(number, by=by)
    sale = sale_of(amount_minor, category, lines, where.rules)
    return sales.preview_of(card, sale, where), card


def welcome(card_id: int, *, by: Actor) -> Posted | None:
    """Welcome a card just made by the rules in force: now, or let it wait for its moment.

    Whether this person had it before is the enrolment's question.
    """
    card, where = ledger.lock(card_id, by=by, attempt=None)
    if due := welcome_due(where):
        db.session.get_one(LoyaltyCard, (card.company_id, card.id)).welcome_due = due
        db.session.flush()  # the caller reads the row anew
        return None
    decision = welcome_for(card, where)
    return ledger.post(card, decision, where=where, by=by, attempt=None) if decision else None


def welcome_verified(card_id: int, *, by: Actor) -> Posted | None:
    """The welcome that waited for a verified contact, once; None where none waits.

    Raises `ProgramInactive` and `CardBlocked`: it goes on waiting."""
    card, where = ledger.lock(card_id, by=by, attempt=None)
    if card.welcome_due != VERIFIED:
        return None
    must_run(where)
    must_be_usable(card)
    decision = welcome_for(card, where)
    return ledger.post(card, decision, where=where, by=by, attempt=None) if decision else None
