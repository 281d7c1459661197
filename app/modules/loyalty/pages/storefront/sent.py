"""What is answered when a link goes out by message: always the same."""

from flask import current_app, g, redirect, render_template, session
from limits import parse
from werkzeug.wrappers import Response

from .....accounts.customers import Person
from .....extensions import limiter
from .....guards import guarded
from .blueprint import at, pages

PER_CONTACT = (parse("5 per hour"), parse("10 per day"))


def may_write_to(person: Person) -> bool:
    """Whether this contact may be written to: nobody's mailbox is filled by typing its address.

    The answer to the browser does not depend on it.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return True
    contact = person.email or person.phone or ""
    key = ("letters", str(g.company.id), contact)
    # The longer one is not charged for what the shorter one held back.
    return all(limiter.limiter.hit(limit, *key) for limit in PER_CONTACT)


def on_its_way(typed: str, *, asked: int | None = None) -> Response:
    """To the page that says so; what was typed travels in the browser's own session, and so does
    the request to sign in, where that is what was asked."""
    session["written_to"] = typed[:254]
    session.pop("asked", None)
    if asked is not None:
        session["asked"] = str(asked)
    return redirect(at("sent"), 303)


@pages.get("/on-its-way")
@guarded("storefront", "enrol")
def sent() -> str:
    """The same for a contact we know, one we do not, and one that asked too often."""
    return page()


def page(*, error: str | None = None, code: str = "") -> str:
    """Where a letter went, and, for who asked to sign in, the field for its code."""
    return render_template(
        "loyalty/storefront/sent.html",
        typed=session.get("written_to"),
        asked="asked" in session,
        error=error,
        code=code,
    )
