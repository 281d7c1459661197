"""Users come and go: `/`, `/sign-in`, `/sign-out`, and `/companies` for those who have several."""

from flask import redirect, render_template, request, session
from werkzeug.wrappers import Response

from ... import cookies
from ...errors import NotFound, Unauthenticated
from ...extensions import db, limiter
from ...guards import guarded
from .. import users
from .blueprints import everyone


@everyone.get("/")
@guarded("anyone", "anyone")
def start() -> Response:
    """To where this browser belongs."""
    if cookies.read(cookies.USER):
        acting = users.company_in(cookies.read(cookies.USER))
        return redirect("/admin/" if acting else "/companies", 303)
    return redirect("/terminal/" if cookies.read(cookies.TERMINAL) else "/sign-in", 303)


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
    proven = users.session_of(cookie)
    operator = proven is not None and proven[1].is_operator
    session["companies"] = len(companies) + operator  # the desk is one more place to go
    home = "/platform/" if operator else "/admin/" if companies else "/companies"
    return cookies.give(redirect(cookies.way_back(home), 303), cookies.USER, cookie)


@everyone.post("/sign-out")
@guarded("sign-in", "anyone")
def sign_out() -> Response:
    """Revoke this browser's session, whatever it was good for."""
    proven = users.session_of(cookies.read(cookies.USER))
    if proven:
        users.sign_out(proven[0].id)
        db.session.commit()
    session.clear()
    return cookies.give(redirect("/sign-in", 303), cookies.USER, "")


@everyone.get("/companies")
@guarded("sign-in", "anyone")
def companies() -> Response | str:
    """The companies this user may act for."""
    cookie = cookies.read(cookies.USER)
    proven = users.session_of(cookie)
    if proven is None:
        return redirect("/sign-in?next=/companies", 303)
    _, user = proven
    mine = users.companies_of(user)
    if user.is_operator and not mine:
        return redirect("/platform/", 303)
    return render_template(
        "accounts/companies.html",
        user=user,
        mine=mine,
        acting=users.company_in(cookie),
    )


@everyone.post("/companies")
@guarded("sign-in", "anyone")
def act_for() -> Response:
    """The same session, acting for another of the user's companies from now on."""
    cookie = cookies.read(cookies.USER)
    proven = users.session_of(cookie)
    if proven is None:
        return redirect("/sign-in?next=/companies", 303)
    wanted = request.form.get("company", "")
    chosen = next((c for c in users.companies_of(proven[1]) if str(c.id) == wanted), None)
    if chosen is None:
        raise NotFound("That company is not one of yours.")
    moved = users.acting_for(cookie, chosen.id)
    return cookies.give(redirect("/admin/", 303), cookies.USER, moved)
