"""`/s/<slug>/sign-in`: lost the card? The link is sent again."""

from flask import g, render_template, request
from werkzeug.wrappers import Response

from .....accounts.customers import Person
from .....errors import Invalid
from .....extensions import db, limiter
from .....guards import guarded
from ... import enrolment
from . import reach, sent
from .blueprint import pages
from .enrol import PER_ADDRESS, PER_DEVICE, this_device


@pages.get("/sign-in")
@guarded("storefront", "sign-in")
def sign_in() -> str:
    """One field."""
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
    if sent.may_write_to(person):
        enrolment.send_link(person)
        db.session.commit()
    return sent.on_its_way(typed)
