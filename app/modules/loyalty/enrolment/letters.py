"""What is written to a customer: the link to their card.

A letter holds no word that a stranger could have chosen: whoever first typed this address
also typed the name.
"""

from functools import partial

from flask import current_app, g, render_template
from flask_babel import gettext as _

from .... import jobs, mail, tenancy
from ....accounts import companies
from ....extensions import db
from .. import cards, programs
from ..cards import LoyaltyCard
from ..programs.brand import brand
from .service import person_of


def card_path(slug: str, card: LoyaltyCard) -> str:
    """Where the card lives on the web; whoever has this path has the card."""
    return f"/s/{slug}/cards/{cards.link_secret(card)}"


@jobs.job("card.link")
def send_link(task: jobs.Task) -> jobs.Effect | None:
    """The link to a card, to its customer's own address. Nothing where that is gone by now."""
    card = db.session.get(LoyaltyCard, (tenancy.company_id(), int(task.body["card"])))
    if card is None:
        return None
    customer = person_of(card)
    g.company = companies.acting()  # its language and its name in what is rendered below
    known = {
        "company": g.company,
        "link": current_app.config["SETTINGS"].public_url + card_path(g.company.slug, card),
    }
    if task.body["by"] == "phone" and customer.phone:
        words = render_template("emails/card_link_sms.txt", **known).strip()
        return partial(mail.send_text, customer.phone, words, name=task.id)
    if task.body["by"] == "email" and customer.email:
        colours = brand(programs.current().card_color)
        return partial(
            mail.send,
            customer.email,
            _("Your card at %(company)s", company=g.company.name),
            render_template("emails/card_link.txt", **known),
            render_template("emails/card_link.html", brand=colours, **known),
            sender=g.company.name,
            name=task.id,
        )
    return None
