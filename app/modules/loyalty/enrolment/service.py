"""Enrolment: one card per person, one welcome per person, whatever is retried or raced."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from config import Keyring

from .... import clock, outbox, tenancy
from ....accounts import customers
from ....accounts.actors import Actor
from ....accounts.customers import Customer, Person
from ....database import once_more
from ....errors import Invalid, Refusal
from ....extensions import db
from .. import accrual, cards, programs
from ..cards import ACTIVE, CLOSED, LoyaltyCard
from .models import WelcomeMark


class EnrolmentClosed(Refusal):
    code = "enrolment-closed"
    title = "Enrolment is closed"


@dataclass(frozen=True, slots=True)
class Joined:
    """The card, its customer, and whether it was made just now (`known` is its opposite)."""

    card: LoyaltyCard
    customer: Customer
    known: bool


def join(person: Person, *, vendor_id: int | None, by: Actor) -> Joined:
    """The person's card: theirs if we know the contact, else a new one with its welcome.

    The unique keys on e-mail and phone judge a race: the loser finds the winner's card. A
    known person's row is left as it is, since whoever typed the address may be a stranger.
    Raises `EnrolmentClosed`, and `Invalid` where e-mail and phone are two people's.
    """

    def work() -> Joined:
        known = customers.known(person)
        if len(known) > 1:
            raise Invalid({"phone": "this phone and this e-mail belong to two different cards"})
        card = cards.of_customer(known[0]) if known else None
        if card and card.status != CLOSED:
            return Joined(card, known[0], known=True)
        _must_be_open()
        customer = known[0] if known else customers.create(person)
        db.session.flush()
        return Joined(_card_for(customer, card, vendor_id, by), customer, known=False)

    return once_more(work)


def leave(card: LoyaltyCard) -> None:
    """Close the card; the person stays known and may come back to the same card."""
    card.status = CLOSED
    card.link_version += 1


def erase(card: LoyaltyCard) -> None:
    """Close the card and empty the person; the lines stay under a pseudonym."""
    customer = db.session.get_one(Customer, (card.company_id, card.customer_id))
    leave(card)
    customers.erase(customer)


def _card_for(
    customer: Customer, left: LoyaltyCard | None, vendor_id: int | None, by: Actor
) -> LoyaltyCard:
    """A new card with its welcome, or the one that was left, opened again."""
    if left:
        left.status = ACTIVE
        db.session.flush()
        return left
    card = cards.issue(customer, vendor_id=vendor_id)
    db.session.flush()
    outbox.put("card.enrolled", card=str(card.id), sequence=0)
    if _first_welcome(customer):
        accrual.welcome(card.id, by=by)
        db.session.refresh(card)
    return card


def _must_be_open() -> None:
    program = programs.of_company()
    if not program.active:
        raise EnrolmentClosed("This programme takes no new members now.")


def _first_welcome(customer: Customer) -> bool:
    """Whether no contact of this person was welcomed before; marks them all."""
    hashes = {_contact_hash(contact) for contact in (customer.email, customer.phone) if contact}
    seen = set(
        db.session.scalars(
            select(WelcomeMark.contact_hash).where(WelcomeMark.contact_hash.in_(hashes))
        )
    )
    for contact_hash in hashes - seen:
        db.session.add(WelcomeMark(contact_hash=contact_hash, created_at=clock.now()))
    db.session.flush()
    return not seen


def _contact_hash(contact: str) -> bytes:
    ring: Keyring = current_app.config["SETTINGS"].field_key
    # The oldest version, so that rotating the key does not welcome everybody again.
    version = min(version for version, _ in ring.versions)
    return ring.mac("welcome", f"{tenancy.company_id()}.{contact}".encode(), version)
