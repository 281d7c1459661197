"""What is written to a customer: the link to their card, what signs them in, and what confirms an
address.

A letter holds no word that a stranger could have chosen: whoever first typed this address
also typed the name.
"""

from typing import Any

from flask import g
from flask_babel import gettext as _

from .... import jobs, letters, tenancy
from ....accounts import companies, customer_sessions
from ....accounts.customer_sessions import SignInRequest
from ....accounts.customers import Customer
from ....extensions import db
from .. import branding, cards, programs
from ..cards import CLOSED, LoyaltyCard
from ..ledger.explain import words
from ..programs.brand import brand
from .confirming import confirm_secret, waits
from .service import person_of


@letters.look
def look() -> dict[str, Any]:
    """Every letter of a company wears its card's colour, and its logo where it has one."""
    logo = branding.pictures.page_logo(g.company.slug)
    return {"brand": brand(programs.current().card_color), "logo": logo}


def card_path(slug: str, card: LoyaltyCard) -> str:
    """Where the card lives on the web; whoever has this path has the card."""
    return f"/s/{slug}/cards/{cards.link_secret(card)}"


def confirm_path(slug: str, card: LoyaltyCard, contact: str) -> str:
    """Where whoever has this contact confirms it."""
    return f"/s/{slug}/confirm/{confirm_secret(card, contact)}"


@letters.written("card.link")
def send_link(task: jobs.Task) -> jobs.Effect | None:
    """The link to a card, to its customer's own address. Nothing where that is gone by now."""
    card = _card_of(task)
    if card is None:
        return None
    # Whose card was merged keeps their own contact, and is sent the link of the surviving card.
    asked_for = int(task.body.get("person", card.customer_id))
    customer = db.session.get(Customer, (card.company_id, asked_for))
    if customer is None or cards.of_customer(customer) != card:
        return None
    link = letters.address(card_path(g.company.slug, card))
    if task.body["by"] == "phone" and customer.phone:
        return letters.by_text(task, customer.phone, _("your card is here:"), link)
    if task.body["by"] == "email" and customer.email:
        subject = _("Your card at %(company)s", company=g.company.name)
        return letters.by_mail(task, customer.email, "card_link", subject=subject, link=link)
    return None


@letters.written("card.sign-in")
def send_sign_in(task: jobs.Task) -> jobs.Effect | None:
    """A link and a code, each of which signs in, to the address that was typed. Nothing where
    they were used or are too old by now."""
    card = _card_of(task)
    asked = db.session.get(SignInRequest, (tenancy.company_id(), int(task.body["request"])))
    if card is None or card.status == CLOSED or asked is None or not asked.open:
        return None
    customer = db.session.get_one(Customer, (card.company_id, asked.customer_id))
    code = customer_sessions.code_of(asked)
    token = customer_sessions.token_of(asked)
    link = letters.address(f"/s/{g.company.slug}/sign-in/{token}")
    if task.body["by"] == "phone" and customer.phone:
        said = _("%(code)s is your code. Or open", code=code)
        return letters.by_text(task, customer.phone, said, link)
    if task.body["by"] == "email" and customer.email:
        kept = letters.address(card_path(g.company.slug, card))
        subject = _("%(code)s is your code at %(company)s", code=code, company=g.company.name)
        figures = {"link": link, "code": code, "card": kept}
        return letters.by_mail(task, customer.email, "sign_in", subject=subject, **figures)
    return None


@letters.written("card.confirm")
def send_confirmation(task: jobs.Task) -> jobs.Effect | None:
    """The link that confirms the customer's address: their e-mail, else their phone. Nothing
    where no welcome waits for it any more."""
    card = _card_of(task)
    points = waits(card) if card else 0
    if card is None or not points:
        return None
    customer, gift = person_of(card), words.points(points)
    contact = customer.email or customer.phone
    if contact is None:
        return None
    link = letters.address(confirm_path(g.company.slug, card, contact))
    if customer.email:
        subject = _("Confirm your address, and %(points)s are yours", points=gift)
        return letters.by_mail(task, contact, "confirm", subject=subject, link=link, points=gift)
    said = _("confirm your number, and %(points)s are yours:", points=gift)
    return letters.by_text(task, contact, said, link)


def _card_of(task: jobs.Task) -> LoyaltyCard | None:
    """The task's card; its company's language and name are in what is rendered from here on."""
    g.company = companies.acting()
    return db.session.get(LoyaltyCard, (tenancy.company_id(), int(task.body["card"])))
