"""Users come and go: `/sign-in`, `/sign-out`."""

from flask import g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from ... import cookies
from ...errors import Unauthenticated
from ...extensions import db, limiter
from ...guards import guarded
from .. import users
from .blueprints import everyone


@everyone.get("/sign-in")
@guarded("sign-in", "anyone")
def sign_in() -> str:
    """The form."""
    return render_template("accounts/sign_in.html", email="", error=None)


@everyone.post("/sign-in")
@guarded("sign-in", "anyone")
@limiter.limit("20 per minute")
def sign_in_now() -> Response | tuple[str, int]:
    """A session for the right password; the form again, with what was typed, for a wrong one."""
    email = request.form.get("email", "")[:254]
    try:
        cookie, companies = users.sign_in(email, request.form.get("password", "")[:1000])
    except Unauthenticated as refusal:
        db.session.rollback()
        page = render_template("accounts/sign_in.html", email=email, error=refusal.sentence)
        return page, refusal.status
    session.clear()
    home = "/admin/" if companies else "/platform/"
    return cookies.give(redirect(cookies.way_back(home), 303), cookies.USER, cookie)


@everyone.post("/sign-out")
@guarded("admin", "overview")
def sign_out() -> Response:
    """Revoke this browser's session."""
    users.sign_out(g.user.session_id)
    db.session.commit()
    session.clear()
    return cookies.give(redirect("/sign-in", 303), cookies.USER, "")
