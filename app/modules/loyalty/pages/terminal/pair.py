"""Pairing: a manager shows a one-time code, the browser at the counter types it once."""

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ..... import cookies
from .....accounts import terminals
from .....accounts.terminals import PairingFailed
from .....extensions import db, limiter
from .....guards import guarded
from .blueprint import pages


@pages.get("/pair")
@guarded("sign-in", "anyone")
def pair() -> str:
    """The form."""
    return render_template("loyalty/terminal/pair.html", code="", error=None)


@pages.post("/pair")
@guarded("sign-in", "anyone")
@limiter.limit("10 per minute; 60 per hour")
def pair_now() -> Response | tuple[str, int]:
    """The terminal's cookie for a good code; the form again, as typed, for any other."""
    code = request.form.get("code", "")[:40]
    try:
        cookie, _company_id = terminals.pair(code)
    except PairingFailed as refusal:
        db.session.rollback()
        page = render_template("loyalty/terminal/pair.html", code=code, error=refusal.sentence)
        return page, refusal.status
    db.session.commit()
    session.clear()
    return cookies.give(redirect(url_for(".unlock"), 303), cookies.TERMINAL, cookie)
