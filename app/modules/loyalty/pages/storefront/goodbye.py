"""What is kept about a person, leaving, and being forgotten: one place, each said beforehand."""

from datetime import date

from babel.dates import format_date
from flask import flash, g, redirect, render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....extensions import db
from .....guards import guarded
from ... import cards, enrolment, notices
from ...ledger.explain import words
from ...wallet.face import shown
from .blueprint import at, pages
from .card import open_card


@pages.get("/cards/<string:secret>/details")
@guarded("storefront", "card")
def details(secret: str) -> str:
    """What is kept, and the two ways to go, with what each does."""
    kept = shown(open_card(secret))
    person = kept.person
    rows = (
        (_("Name"), person.full_name),
        (_("E-mail"), person.email),
        (_("Phone"), person.phone),
        (_("Birthday"), _day(person.birthday) if person.birthday else None),
        (_("Card since"), _day(kept.card.created_at.date())),
    )
    return render_template(
        "loyalty/storefront/details.html",
        kept=[(term, value) for term, value in rows if value],
        lost=kept.lost,
        waits=words.points(points) if (points := enrolment.waits(kept.card)) else "",
        secret=secret,
        stop=at("stop", secret=notices.token_of(person)),
    )


@pages.post("/cards/<string:secret>/leave")
@guarded("storefront", "card")
def leave(secret: str) -> Response:
    """Close the card; coming back opens the same one."""
    enrolment.leave(open_card(secret))
    db.session.commit()
    return redirect(at("card", secret=secret), 303)


@pages.post("/cards/<string:secret>/erase")
@guarded("storefront", "card")
def erase(secret: str) -> Response:
    """Close the card for good and empty the person; also of a card that was left before."""
    enrolment.erase(cards.by_secret(secret))
    db.session.commit()
    return redirect(at("card", secret=secret), 303)


@pages.post("/cards/<string:secret>/come-back")
@guarded("storefront", "card")
def come_back(secret: str) -> Response:
    """Open a card that was left, with what is on it."""
    enrolment.come_back(cards.by_secret(secret))
    db.session.commit()
    flash(_("Welcome back to %(company)s.", company=g.company.name), "done")
    return redirect(at("card", secret=secret), 303)


def _day(day: date) -> str:
    return str(format_date(day, "long", locale=get_locale()))
