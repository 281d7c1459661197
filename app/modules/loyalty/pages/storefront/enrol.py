"""`/s/<slug>/`: where the poster leads. One page, one step, and the card is there."""

from typing import Any

from flask import flash, g, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from ..... import cookies, text
from .....accounts import customer_sessions, vendors
from .....accounts.actors import Actor
from .....accounts.customers import Person
from .....accounts.vendors import Vendor
from .....errors import Invalid
from .....extensions import db, limiter
from .....guards import guarded
from ... import enrolment, programs
from ...enrolment import EnrolmentClosed
from . import reach, sent, words
from .blueprint import pages

# A shop's guests may share one address; a person needs few tries.
PER_ADDRESS, PER_DEVICE = "30 per minute; 300 per hour", "6 per minute; 30 per hour"


def this_device() -> str:
    """A browser that kept our page's cookie; one that did not is its address."""
    return str(session.get("csrf_token") or get_remote_address())


@pages.get("/")
@guarded("storefront", "enrol")
def enrol() -> str:
    """The form, or why there is none."""
    return _page({}, {})


@pages.post("/")
@guarded("storefront", "enrol")
@limiter.limit(PER_ADDRESS)
@limiter.limit(PER_DEVICE, key_func=this_device)
def enrol_now() -> Response | tuple[str, int]:
    """A new contact's card at once; for one we know, the page that says where its link went."""
    form = {name: request.form.get(name, "")[:300] for name in ("first_name", "reach", "terms")}
    if request.form.get("website"):  # no person sees that field
        return sent.on_its_way(form["reach"])
    try:
        person = _person(form)
    except Invalid as fault:
        return _page(form, fault.errors), fault.status
    shop = _shop()
    by = Actor("storefront", vendor_id=shop.id if shop else None)
    if sent.may_write_to(person):
        card = enrolment.ask(person, vendor_id=by.vendor_id, by=by)
        db.session.commit()
        if card:
            flash(_("Keep this page: it is your card."), "done")
            session["joined"] = str(card.id)
            return redirect(enrolment.card_path(g.company.slug, card), 303)
    return sent.on_its_way(form["reach"])


def _person(form: dict[str, str]) -> Person:
    """What was typed, checked; raises `Invalid` with a sentence for each field."""
    errors: dict[str, str] = {}
    contact = reach.Reach()
    try:
        contact = reach.read(form["reach"], g.company.country)
    except Invalid as fault:
        errors |= fault.errors
    try:
        first_name = text.name(form["first_name"], "first_name")
    except Invalid:
        errors["first_name"] = (
            _("Please keep it to %(longest)s characters at most.", longest=text.LONGEST_NAME)
            if form["first_name"].strip()
            else _("Needed, so that the counter can greet you.")
        )
        first_name = ""
    if not form["terms"]:
        errors["terms"] = _("The card needs your agreement.")
    if errors:
        raise Invalid(errors)
    return Person(email=contact.email, phone=contact.phone, first_name=first_name)


def _shop() -> Vendor | None:
    """The shop whose poster was scanned. A wrong or closed one is no reason to turn anyone away."""
    slug = request.values.get("at", "")
    shop = vendors.by_slug(slug) if text.SLUG.fullmatch(slug) else None
    return shop if shop and shop.status == "open" else None


def _page(form: dict[str, str], errors: dict[str, Any]) -> str:
    rules, at_counter = programs.current(), False
    try:
        enrolment.must_be_open()
        at_counter = True
        enrolment.must_be_open_to_all()
    except EnrolmentClosed:
        page = "loyalty/storefront/paused.html"
        return render_template(page, at_counter=at_counter, shop=_shop())
    return render_template(
        "loyalty/storefront/enrol.html",
        rules=rules,
        mine=customer_sessions.signed_in(cookies.read(cookies.CUSTOMER, of=g.company.id)),
        headline=words.headline(rules),
        besides=words.besides(rules),
        shop=_shop(),
        form=form,
        errors=errors,
    )
