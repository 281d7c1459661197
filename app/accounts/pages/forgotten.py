"""`/sign-in/forgotten` and `/sign-in/password/<token>`: a new password for a forgotten one."""

import time

from flask import flash, redirect, render_template, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...errors import Invalid
from ...extensions import db, limiter
from ...guards import guarded
from .. import users
from ..users import forgotten
from .blueprints import everyone
from .links import while_good

# Putting a letter down takes longer than finding nobody; the answer takes this long either way.
_ANSWERED_AFTER_SECONDS = 0.25


@everyone.get("/sign-in/forgotten")
@guarded("sign-in", "anyone")
def password_forgotten() -> str:
    """The form; and, once it was sent, that a letter may be on its way."""
    return render_template("accounts/forgotten.html", sent_to=session.pop("forgotten", None))


@everyone.post("/sign-in/forgotten")
@guarded("sign-in", "anyone")
@limiter.limit("20 per hour")
def password_ask() -> Response:
    """The same for an address we know, one we do not, and one that asked a moment ago."""
    begun, typed = time.monotonic(), request.form.get("email", "").strip()[:254]
    forgotten.ask(typed)
    time.sleep(max(0, begun + _ANSWERED_AFTER_SECONDS - time.monotonic()))
    session["forgotten"] = typed
    return redirect("/sign-in/forgotten", 303)


@everyone.get("/sign-in/password/<string:token>")
@guarded("sign-in", "anyone")
@limiter.limit("60 per minute")
@while_good
def password_choose(token: str) -> str:
    """Looking changes nothing: mailboxes follow links by themselves."""
    return _page(token, {})


@everyone.post("/sign-in/password/<string:token>")
@guarded("sign-in", "anyone")
@limiter.limit("20 per minute")
@while_good
def password_change(token: str) -> Response | tuple[str, int]:
    """The new password; every browser that was signed in is out."""
    forgotten.by_token(token)
    db.session.rollback()  # a password is hashed in no transaction
    try:
        kept = users.hashed(request.form.get("password", "")[:1000])
    except Invalid as wrong:
        return _page(token, wrong.errors), wrong.status
    forgotten.change(token, kept)
    flash(_("Your password is changed. Sign in with it."), "done")
    return redirect("/sign-in", 303)


def _page(token: str, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/new_password.html",
        email=forgotten.by_token(token).email,
        shortest=users.SHORTEST_PASSWORD,
        errors=errors,
    )
