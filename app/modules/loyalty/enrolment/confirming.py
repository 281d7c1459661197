"""Confirming an address: a link goes there, and whoever follows it has the address.

Nothing is stored; the link is good for this card and this contact alone, and opens nothing once
the contact has changed.
"""

from .... import links, outbox, tenancy
from ....accounts.actors import Actor
from ....accounts.customers import Customer
from ....errors import NotFound
from ....extensions import db
from ....idempotency import Posted
from .. import accrual, programs
from ..accrual.welcome import VERIFIED
from ..cards import CLOSED, LoyaltyCard


def ask_to_confirm(card: LoyaltyCard) -> None:
    """Let the link be sent, where the card's welcome waits for it."""
    if waits(card):
        outbox.put("card.confirm", card=str(card.id))


def waits(card: LoyaltyCard) -> int:
    """The points that come once the address is confirmed; 0 where none wait."""
    rules = programs.current()
    due = card.welcome_due == VERIFIED and card.status != CLOSED and rules.points
    return rules.welcome_bonus_points if due else 0


def confirm(secret: str, *, by: Actor) -> Posted | None:
    """Give the welcome that waited for this address: once, whoever presses how often.

    None where none waits any more. Raises `NotFound`, `ProgramInactive` and `CardBlocked`.
    """
    return accrual.welcome_verified(by_confirmation(secret).id, by=by)


def confirm_secret(card: LoyaltyCard, contact: str) -> str:
    """What follows `/s/<slug>/confirm/` in the letter to this contact."""
    return links.secret("confirm-contact", card.id, _claim(card, contact))


def by_confirmation(secret: str) -> LoyaltyCard:
    """The acting company's card whose contact was sent this; raises `NotFound`."""
    link = links.read(secret)
    card = db.session.get(LoyaltyCard, (tenancy.company_id(), link.row_id))
    if card is None or card.status == CLOSED:
        raise NotFound()
    person = db.session.get_one(Customer, (card.company_id, card.customer_id))
    contacts = [contact for contact in (person.email, person.phone) if contact]
    if not any(link.proves("confirm-contact", _claim(card, each)) for each in contacts):
        raise NotFound()
    return card


def _claim(card: LoyaltyCard, contact: str) -> str:
    return f"{card.company_id}.{card.id}.{contact}"
