"""What is answered when a link goes out by message: always the same."""

from flask import current_app, g, redirect, render_template, session
from limits import parse
from werkzeug.wrappers import Response

from .....accounts.customers import Person
from .....extensions import limiter
from .....guards import guarded
from .blueprint import at, pages

PER_CONTACT = parse("5 per hour")


def may_write_to(person: Person) -> bool:
    """Whether this contact may be written to: nobody's mailbox is filled by typing its address.

    The answer to the browser does not depend on it.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return True
    contact = person.email or person.phone or ""
    return limiter.limiter.hit(PER_CONTACT, "letters", str(g.company.id), contact)


def on_its_way(typed: str) -> Response:
    """To the page that says so; what was typed travels in the browser's own session."""
    session["written_to"] = typed[:254]
    return redirect(at("sent"), 303)


@pages.get("/on-its-way")
@guarded("storefront", "enrol")
def sent() -> str:
    """The same for a contact we know, one we do not, and one that asked too often."""
    return render_template("loyalty/storefront/sent.html", typed=session.get("written_to"))
