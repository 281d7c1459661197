"""A new customer, from the counter: a first name and one way to reach them."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....accounts.customers import Person
from .....errors import Invalid
from .....extensions import db, limiter
from .....guards import guarded
from ... import enrolment, programs
from . import find, frame
from .blueprint import pages


@pages.get("/enrol")
@guarded("staff", "serve")
def enrol() -> str:
    """The form."""
    return _page({})


@pages.post("/enrol")
@guarded("staff", "serve")
@limiter.limit("120 per hour")
def enrol_now() -> Response | str | tuple[str, int]:
    """The new card, or the one that this person has already; the form, as typed, with what is
    wrong. `begin` only fills the form: it comes from a look-up that found nobody."""
    typed = {name: request.form.get(name, "").strip()[:300] for name in ("first_name", "contact")}
    if "begin" in request.form:
        return _page(typed)
    try:
        joined = enrolment.join(_person(typed), vendor_id=g.terminal.vendor_id, by=g.actor)
    except Invalid as refusal:
        db.session.rollback()
        return _page(typed, refusal.errors), refusal.status
    db.session.commit()
    number = joined.card.number
    if not joined.known:
        frame.note_made(number)
    elif not frame.was_just_made(number):  # else: the same form, sent twice
        frame.note_found(number, by_code=False)
        flash(_("This person has a card already. Here it is; no second one was made."), "plain")
    return redirect(url_for(".card", number=number), 303)


def _person(typed: dict[str, str]) -> Person:
    """The person as typed; raises `Invalid`."""
    by_mail = "@" in typed["contact"]
    if not typed["first_name"] or not typed["contact"]:
        raise Invalid({name: _missing(name) for name, value in typed.items() if not value})
    if not find.is_contact(typed["contact"]):
        raise Invalid({"contact": _("Type a phone number or an e-mail address.")})
    return Person.checked(
        country=g.company.country,
        first_name=typed["first_name"],
        email=typed["contact"] if by_mail else None,
        phone=None if by_mail else typed["contact"],
        locale=g.company.locale,
    )


def _missing(name: str) -> str:
    if name == "first_name":
        return _("Ask for the first name.")
    return _("Ask for a phone number or an e-mail address.")


def _page(typed: dict[str, str], errors: dict[str, str] | None = None) -> str:
    errors = errors or {}
    rules = programs.current()
    shown: dict[str, Any] = {
        "first_name": errors.get("first_name") and _first_name_error(typed, errors),
        "contact": errors.get("contact") or _contact_error(errors),
    }
    return render_template(
        "loyalty/terminal/enrol.html", typed=typed, errors=shown, has_terms=bool(rules.terms_text)
    )


def _first_name_error(typed: dict[str, str], errors: dict[str, str]) -> str:
    return (
        _("At most 80 letters, on one line.") if typed.get("first_name") else errors["first_name"]
    )


def _contact_error(errors: dict[str, str]) -> str | None:
    if "email" in errors:
        return _("That is no e-mail address.")
    return _("That is no phone number.") if "phone" in errors else None
