"""Finding cards, and the secret link that opens one on the web."""

from collections.abc import Sequence

from sqlalchemy import select

from .... import audit, links, outbox, tenancy
from ....accounts import customer_sessions
from ....accounts.actors import Actor
from ....accounts.customers import Customer
from ....errors import NotFound
from ....extensions import db
from ....ids import new_id
from .models import ACTIVE, BLOCKED, CLOSED, LoyaltyCard
from .numbers import is_number, new_number, typed


def issue(customer: Customer, *, vendor_id: int | None) -> LoyaltyCard:
    """A new card for the customer, with nothing on it."""
    card = LoyaltyCard(
        id=new_id(), number=new_number(), customer_id=customer.id, enrolled_vendor_id=vendor_id
    )
    db.session.add(card)
    return card


def find(number: str) -> LoyaltyCard:
    """The acting company's card with this number, as typed; raises `NotFound`."""
    number = typed(number)
    card = (
        db.session.scalar(select(LoyaltyCard).where(LoyaltyCard.number == number))
        if is_number(number)
        else None
    )
    if card is None or card.status == CLOSED:
        raise NotFound("There is no card with that number.")
    return card


def of_customer(customer: Customer) -> LoyaltyCard | None:
    """The customer's card; where that was merged, the one that has everything now."""
    card = db.session.scalar(select(LoyaltyCard).where(LoyaltyCard.customer_id == customer.id))
    return surviving(card) if card else None


def surviving(card: LoyaltyCard) -> LoyaltyCard:
    """The card itself, or the one that it was merged into."""
    if card.merged_into_id is None:
        return card
    return db.session.get_one(LoyaltyCard, (card.company_id, card.merged_into_id))


def merged_into(card_id: int) -> Sequence[LoyaltyCard]:
    """The cards that this one took in."""
    return db.session.scalars(
        select(LoyaltyCard).where(LoyaltyCard.merged_into_id == card_id).order_by(LoyaltyCard.id)
    ).all()


def hold(card: LoyaltyCard) -> None:
    """Lock the card until the transaction ends, and read it as it stands now: whoever changes
    its status decides by what somebody else may just have made of it."""
    db.session.refresh(card, with_for_update=True)


def block(card: LoyaltyCard, blocked: bool, *, by: Actor) -> None:
    """Block the card, or let it be used again; nothing is lost either way. Audited.

    Raises `NotFound` for a card that was closed meanwhile.
    """
    hold(card)
    if card.status == CLOSED:
        raise NotFound("There is no card with that number.")
    if (card.status == BLOCKED) == blocked:
        return
    card.status = BLOCKED if blocked else ACTIVE
    act = "card.blocked" if blocked else "card.unblocked"
    outbox.put("card.changed", card=str(card.id))
    audit.record(act, subject_id=card.id, by=by.user_id, caller=by.caller)


def replace(card: LoyaltyCard, *, by: Actor) -> None:
    """Another number for the card, and no link of before opens it any more, those of cards that
    were merged into it included. Audited.

    Raises `NotFound` for a card that was closed, or got another number, meanwhile.
    """
    asked = card.number
    # In the order of their ids, as whoever carries between them holds them too.
    for each in sorted((card, *merged_into(card.id)), key=lambda one: one.id):
        hold(each)
    if card.status == CLOSED or card.number != asked:
        raise NotFound("There is no card with that number.")
    card.number = new_number()
    for each in (card, *merged_into(card.id)):
        end_links(each)
        outbox.put("card.changed", card=str(each.id))
    audit.record("card.replaced", subject_id=card.id, by=by.user_id, caller=by.caller)


def end_links(card: LoyaltyCard) -> None:
    """No secret link of before leads anywhere any more, and nobody is signed in with the card.
    The caller holds it."""
    card.link_version += 1
    customer_sessions.end_all(card.customer_id)


# -- the secret link ------------------------------------------------------------------------------


def link_secret(card: LoyaltyCard) -> str:
    """What follows `/s/<slug>/cards/`.

    Raising the card's `link_version` makes every earlier link useless.
    """
    return links.secret("card-link", card.id, _claim(card))


def by_secret(secret: str) -> LoyaltyCard:
    """The acting company's card behind a secret link; raises `NotFound`."""
    link = links.read(secret)
    card = db.session.get(LoyaltyCard, (tenancy.company_id(), link.row_id))
    if card is None or not link.proves("card-link", _claim(card)):
        raise NotFound()
    return surviving(card)


def _claim(card: LoyaltyCard) -> str:
    return f"{card.company_id}.{card.id}.{card.link_version}"
