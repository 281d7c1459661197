"""Enrolment: one card per person, one welcome per person, whatever is retried or raced."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from config import Keyring

from .... import audit, clock, outbox, tenancy
from ....accounts import customer_sessions, customers
from ....accounts.actors import Actor
from ....accounts.customers import Customer, Person
from ....database import once_more
from ....errors import Invalid, NotFound, Refusal
from ....extensions import db
from ....ids import new_id
from .. import accrual, cards, programs
from ..cards import ACTIVE, BLOCKED, CLOSED, LoyaltyCard
from ..ledger.checks import CardBlocked
from ..programs import settings
from .confirming import ask_to_confirm
from .models import WelcomeMark


class EnrolmentClosed(Refusal):
    code = "enrolment-closed"
    title = "Enrolment is closed"
    remedy = 'Switch the programme on: PATCH /program {"active": true}.'


@dataclass(frozen=True, slots=True)
class Joined:
    """The card, its customer, and whether they had it before (`known`) or got it just now."""

    card: LoyaltyCard
    customer: Customer
    known: bool


def join(
    person: Person, *, vendor_id: int | None, by: Actor, by_themselves: bool = False
) -> Joined:
    """The person's card: theirs if we know the contact, else a new one with its welcome.

    Whoever calls this knows who asks (a counter, a partner): a card that was left is opened
    again. The unique keys on e-mail and phone judge a race: the loser finds the winner's
    card. A known person's row is left as it is. `by_themselves` says that no counter makes the
    card, which the operator may not allow.
    Raises `EnrolmentClosed`, and `Invalid` where e-mail and phone are two people's.
    """

    def work() -> Joined:
        known = customers.known(person)
        theirs = {card.id: card for each in known if (card := cards.of_customer(each))}
        if len(known) > 1 and len(theirs) != 1:
            raise Invalid({"phone": "this phone and this e-mail belong to two different cards"})
        card = next(iter(theirs.values()), None)
        if card and card.status != CLOSED:
            return Joined(card, person_of(card), known=True)
        if card:
            come_back(card)
            return Joined(card, person_of(card), known=True)
        must_be_open()
        if by_themselves:
            must_be_open_to_all()
        customer = known[0] if known else customers.create(person)
        db.session.flush()
        return Joined(_card_for(customer, vendor_id, by), customer, known=False)

    return once_more(work)


def must_be_open_to_all() -> None:
    """Raises `EnrolmentClosed` where the operator lets nobody enrol themselves: then the
    counter does it."""
    if not settings.allowed().self_enrolment:
        raise EnrolmentClosed("Cards are made at the counter here.")


def ask(person: Person, *, vendor_id: int | None, by: Actor) -> LoyaltyCard | None:
    """At the poster's page, where anybody may type anybody's address: a new person's card.

    None for a contact we know: nothing is opened or changed, and the link to the card goes
    to the contact itself. Raises `EnrolmentClosed`.
    """
    if customers.known(person):
        send_link(person)
        return None
    joined = join(person, vendor_id=vendor_id, by=by, by_themselves=True)
    if not joined.known:
        return joined.card
    send_link(person)  # somebody enrolled the same contact at the same moment
    return None


def send_link(person: Person) -> None:
    """Let the link to their card be sent to a contact, if it is known. Nobody learns which."""
    for customer in customers.known(person):
        if card := cards.of_customer(customer):
            by = "email" if person.email else "phone"
            outbox.put("card.link", card=str(card.id), person=str(customer.id), by=by)


def ask_to_sign_in(person: Person) -> int:
    """Let a link and a code be sent to a contact, if it has an open card. The asking browser
    keeps the answer, an id, which is the same kind of number for a contact nobody knows."""
    request_id = new_id()
    for customer in customers.known(person):
        card = cards.of_customer(customer)
        if card and card.status != CLOSED:
            customer_sessions.ask(customer, request_id)
            by = "email" if person.email else "phone"
            outbox.put("card.sign-in", card=str(card.id), request=str(request_id), by=by)
    return request_id


def leave(card: LoyaltyCard) -> None:
    """Close the card; the person stays known, and may come back to the same card.

    Raises `CardBlocked`: who could leave and come back would have unblocked the card.
    """
    cards.hold(card)
    if card.status == BLOCKED:
        raise CardBlocked("This card is blocked. The chain's office can say why.")
    card.status = CLOSED
    for each in (card, *cards.merged_into(card.id)):
        customer_sessions.end_all(each.customer_id)
    outbox.put("card.changed", card=str(card.id))
    audit.record("card.left", subject_id=card.id)


def come_back(card: LoyaltyCard) -> None:
    """Open a card that was left, with what is on it and no second welcome.

    Raises `EnrolmentClosed`, and `NotFound` for a card whose person was erased.
    """
    must_be_open()
    cards.hold(card)
    if card.status == CLOSED:
        if person_of(card).erased_at:
            raise NotFound("This card is closed for good.")
        card.status = ACTIVE
        outbox.put("card.changed", card=str(card.id))
        db.session.flush()


def erase(card: LoyaltyCard) -> None:
    """Close the card for good and empty the person; the lines stay under a pseudonym."""
    cards.hold(card)
    person = person_of(card)
    if person.erased_at:
        return
    card.status = CLOSED
    for each in (card, *cards.merged_into(card.id)):  # the same person under another contact
        customers.erase(person_of(each))
        customer_sessions.end_all(each.customer_id)
    outbox.put("card.changed", card=str(card.id))
    audit.record("card.erased", subject_id=card.id)


def person_of(card: LoyaltyCard) -> Customer:
    """Whose card it is."""
    return db.session.get_one(Customer, (card.company_id, card.customer_id))


def _card_for(customer: Customer, vendor_id: int | None, by: Actor) -> LoyaltyCard:
    card = cards.issue(customer, vendor_id=vendor_id)
    db.session.flush()
    outbox.put("card.enrolled", card=str(card.id), sequence=0)
    if _first_welcome(customer):
        accrual.welcome(card.id, by=by)
        db.session.refresh(card)
        ask_to_confirm(card)
    return card


def must_be_open() -> None:
    """Raises `EnrolmentClosed` where the programme is paused."""
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
