"""`/s/<slug>/confirm/<secret>`: whoever follows the letter's link has the address.

Looking changes nothing, because mailboxes follow links by themselves: a button confirms.
"""

from flask import flash, g, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....accounts.actors import Actor
from .....accounts.customers import Person
from .....extensions import db
from .....guards import guarded
from ... import enrolment
from ...ledger.explain import words
from . import sent
from .blueprint import at, pages
from .card import open_card


@pages.get("/confirm/<string:secret>")
@guarded("storefront", "card")
def confirm(secret: str) -> str:
    """One button, and what it brings."""
    points = enrolment.waits(enrolment.by_confirmation(secret))
    return render_template(
        "loyalty/storefront/confirm.html",
        secret=secret,
        points=words.points(points) if points else "",
    )


@pages.post("/confirm/<string:secret>")
@guarded("storefront", "card")
def confirm_now(secret: str) -> Response:
    """The welcome, once; then the card, however often this is pressed."""
    posted = enrolment.confirm(secret, by=Actor("storefront"))
    db.session.commit()
    if posted:
        flash(_("Your address is confirmed, and the points are on your card."), "done")
    card = enrolment.by_confirmation(secret)
    return redirect(enrolment.card_path(g.company.slug, card), 303)


@pages.post("/cards/<string:secret>/confirm-again")
@guarded("storefront", "card")
def send_again(secret: str) -> Response:
    """Another letter with the same link, as often as one address is written to."""
    card = open_card(secret)
    person = enrolment.person_of(card)
    if sent.may_write_to(Person(email=person.email, phone=person.phone)):
        enrolment.ask_to_confirm(card)
        db.session.commit()
    flash(_("The link is on its way to %(address)s.", address=person.email or person.phone), "done")
    return redirect(at("details", secret=secret), 303)
