"""What is written to a customer: the link to their card, and the one that confirms an address.

A letter holds no word that a stranger could have chosen: whoever first typed this address
also typed the name.
"""

from functools import partial
from typing import Any

from flask import current_app, g, render_template
from flask_babel import gettext as _

from .... import jobs, mail, tenancy
from ....accounts import companies
from ....accounts.customers import Customer
from ....extensions import db
from .. import cards, programs
from ..cards import LoyaltyCard
from ..ledger.explain import words
from ..programs.brand import brand
from .confirming import confirm_secret, waits
from .service import person_of


def card_path(slug: str, card: LoyaltyCard) -> str:
    """Where the card lives on the web; whoever has this path has the card."""
    return f"/s/{slug}/cards/{cards.link_secret(card)}"


def confirm_path(slug: str, card: LoyaltyCard, contact: str) -> str:
    """Where whoever has this contact confirms it."""
    return f"/s/{slug}/confirm/{confirm_secret(card, contact)}"


@jobs.job("card.link")
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
    path = card_path(g.company.slug, card)
    if task.body["by"] == "phone" and customer.phone:
        return _text(task, customer.phone, "card_link", path)
    if task.body["by"] == "email" and customer.email:
        subject = _("Your card at %(company)s", company=g.company.name)
        return _mail(task, customer.email, "card_link", path, subject)
    return None


@jobs.job("card.confirm")
def send_confirmation(task: jobs.Task) -> jobs.Effect | None:
    """The link that confirms the customer's address: their e-mail, else their phone. Nothing
    where no welcome waits for it any more."""
    card = _card_of(task)
    points = waits(card) if card else 0
    if card is None or not points:
        return None
    customer, gift = person_of(card), words.points(points)
    if customer.email:
        path = confirm_path(g.company.slug, card, customer.email)
        subject = _("Confirm your address, and %(points)s are yours", points=gift)
        return _mail(task, customer.email, "confirm", path, subject, points=gift)
    if customer.phone:
        path = confirm_path(g.company.slug, card, customer.phone)
        return _text(task, customer.phone, "confirm", path, points=gift)
    return None


def _card_of(task: jobs.Task) -> LoyaltyCard | None:
    """The task's card; its company's language and name are in what is rendered from here on."""
    g.company = companies.acting()
    return db.session.get(LoyaltyCard, (tenancy.company_id(), int(task.body["card"])))


def _text(task: jobs.Task, phone: str, letter: str, path: str, **figures: str) -> jobs.Effect:
    said = render_template(f"emails/{letter}_sms.txt", **_known(path), **figures).strip()
    return partial(mail.send_text, phone, said, name=task.id)


def _mail(
    task: jobs.Task, address: str, letter: str, path: str, subject: str, **figures: str
) -> jobs.Effect:
    known = _known(path) | figures | {"subject": subject}
    colours = brand(programs.current().card_color)
    return partial(
        mail.send,
        address,
        subject,
        render_template(f"emails/{letter}.txt", **known),
        render_template(f"emails/{letter}.html", brand=colours, **known),
        sender=g.company.name,
        name=task.id,
    )


def _known(path: str) -> dict[str, Any]:
    link = current_app.config["SETTINGS"].public_url + path
    return {"company": g.company, "link": link}
