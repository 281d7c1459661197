"""Confirming an address: a link goes there, and whoever follows it has the address.

The link holds the card's id and a keyed hash of card and contact. Nothing is stored; it is good
for this card and this contact alone, and opens nothing once the contact has changed.
"""

import base64
import hmac

from flask import current_app

from config import Keyring

from .... import outbox, tenancy
from ....accounts.actors import Actor
from ....accounts.customers import Customer
from ....errors import NotFound
from ....extensions import db
from ....idempotency import Posted
from .. import accrual, programs
from ..accrual.welcome import VERIFIED
from ..cards import CLOSED, LoyaltyCard

_MAC_BYTES = 16


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
    version = _keyring().current
    body = bytes([version]) + card.id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _mac(card, contact, version)).decode().rstrip("=")


def by_confirmation(secret: str) -> LoyaltyCard:
    """The acting company's card whose contact was sent this; raises `NotFound`."""
    try:
        raw = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    except ValueError:
        raw = b""
    if len(raw) != 9 + _MAC_BYTES:
        raise NotFound()
    key = (tenancy.company_id(), int.from_bytes(raw[1:9], "big") & (2**63 - 1))
    card = db.session.get(LoyaltyCard, key)
    if card is None or card.status == CLOSED:
        raise NotFound()
    person = db.session.get_one(Customer, (card.company_id, card.customer_id))
    contacts = [contact for contact in (person.email, person.phone) if contact]
    if not any(hmac.compare_digest(_mac(card, each, raw[0]), raw[9:]) for each in contacts):
        raise NotFound()
    return card


def _mac(card: LoyaltyCard, contact: str, version: int) -> bytes:
    message = f"{card.company_id}.{card.id}.{contact}".encode()
    try:
        return _keyring().mac("confirm-contact", message, version)[:_MAC_BYTES]
    except KeyError:
        return b""


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].secret_key
    return keyring
