"""`/s/<slug>/sign-in`: lost the card? A link and a code are sent; either signs in, once."""

from flask import g, redirect, render_template, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import cookies
from .....accounts import customer_sessions
from .....accounts.customers import Person
from .....errors import Invalid
from .....extensions import db, limiter
from .....guards import guarded
from ... import enrolment
from . import reach, sent
from .blueprint import at, pages
from .enrol import PER_ADDRESS, PER_DEVICE, this_device


@pages.get("/sign-in")
@guarded("storefront", "sign-in")
def sign_in() -> str | Response:
    """One field; none for who is signed in."""
    if customer_sessions.signed_in(cookies.read(cookies.CUSTOMER, of=g.company.id)):
        return redirect(at("dashboard"), 303)
    return render_template("loyalty/storefront/sign_in.html", typed="", error=None)


@pages.post("/sign-in")
@guarded("storefront", "sign-in")
@limiter.limit(PER_ADDRESS)
@limiter.limit(PER_DEVICE, key_func=this_device)
def send_link() -> Response | tuple[str, int]:
    """The same answer whether we know the contact or not."""
    typed = request.form.get("reach", "")[:300]
    try:
        person = Person(*reach.read(typed, g.company.country))
    except Invalid as fault:
        error = fault.errors["reach"]
        page = render_template("loyalty/storefront/sign_in.html", typed=typed, error=error)
        return page, fault.status
    asked = 0
    if sent.may_write_to(person):
        asked = enrolment.ask_to_sign_in(person)
        db.session.commit()
    return sent.on_its_way(typed, asked=asked)


@pages.post("/sign-in/code")
@guarded("storefront", "sign-in")
@limiter.limit(PER_ADDRESS)
@limiter.limit(PER_DEVICE, key_func=this_device)
def sign_in_by_code() -> Response | tuple[str, int]:
    """The right code of the request that this browser made; what is wrong with any other is not
    told."""
    typed = request.form.get("code", "")[:40]
    cookie = customer_sessions.by_code(int(session.get("asked", 0)), typed)
    db.session.commit()  # the try counts, whatever came of it
    if cookie is None:
        error = _("This code is wrong, used, or older than ten minutes. You can ask for another.")
        return sent.page(error=error, code=typed), 422
    return _welcome(cookie)


@pages.get("/sign-in/<string:secret>")
@guarded("storefront", "sign-in-link")
def open_link(secret: str) -> str:
    """One button: mailboxes follow links by themselves, and looking uses nothing up."""
    customer_sessions.by_token(secret)
    return render_template("loyalty/storefront/sign_in_link.html", secret=secret)


@pages.post("/sign-in/<string:secret>")
@guarded("storefront", "sign-in-link")
def sign_in_by_link(secret: str) -> Response:
    """Signed in, once."""
    cookie = customer_sessions.by_link(secret)
    db.session.commit()
    return _welcome(cookie)


@pages.post("/sign-out")
@guarded("storefront", "sign-in")
def sign_out() -> Response:
    """This browser's session ends here and in the database."""
    customer_sessions.sign_out(cookies.read(cookies.CUSTOMER, of=g.company.id))
    db.session.commit()
    gone = redirect(at("sign_in"), 303)
    return cookies.give(gone, cookies.CUSTOMER, "", of=g.company.id)


def _welcome(cookie: str) -> Response:
    """To the dashboard with a new session; the one that this browser had has ended."""
    customer_sessions.sign_out(cookies.read(cookies.CUSTOMER, of=g.company.id))
    db.session.commit()
    for kept in ("asked", "written_to"):
        session.pop(kept, None)
    return cookies.give(redirect(at("dashboard"), 303), cookies.CUSTOMER, cookie, of=g.company.id)
