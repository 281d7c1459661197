"""`/invitations/<token>`: whoever holds the link is let into the office, once."""

from flask import flash, redirect, render_template, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import cookies, tenancy
from ...database import once_more
from ...errors import Invalid
from ...extensions import db, limiter
from ...guards import guarded
from .. import companies, invitations, users
from ..users import User
from .blueprints import everyone
from .links import while_good


@everyone.get("/invitations/<string:token>")
@guarded("sign-in", "anyone")
@limiter.limit("60 per minute")
@while_good
def invitation(token: str) -> str:
    """Looking changes nothing, because mailboxes follow links by themselves: a button accepts."""
    return _page(token, {}, {})


@everyone.post("/invitations/<string:token>")
@guarded("sign-in", "anyone")
@limiter.limit("20 per minute")
@while_good
def invitation_accept(token: str) -> Response | tuple[str, int]:
    """Somebody new chooses a password and is signed in; who has one already just accepts."""
    row = invitations.by_token(token)
    company_id, email, is_known = row.company_id, row.email, invitations.is_known(row.email)
    db.session.rollback()  # a password is hashed in no transaction
    try:
        newcomer = None if is_known else _newcomer(email)
        with tenancy.acting_as(company_id):
            companies.acting()  # a closed one lets nobody in
            user_id = once_more(lambda: invitations.accept(token, newcomer))
            cookie = users.open_session(user_id, company_id) if newcomer else ""
            db.session.commit()
    except Invalid as wrong:
        db.session.rollback()
        return _page(token, {"name": request.form.get("name", "")[:120]}, wrong.errors), 422
    if not cookie:
        return _welcome_back(user_id, company_id)
    session.clear()
    session["companies"] = 1
    return cookies.give(redirect("/admin/", 303), cookies.USER, cookie)


def _newcomer(email: str) -> User:
    """They join in the transaction that accepts."""
    name, password = request.form.get("name", "")[:120], request.form.get("password", "")[:1000]
    made = users.create(email=email, name=name, password=password)
    db.session.expunge(made)
    db.session.rollback()
    return made


def _welcome_back(user_id: int, company_id: int) -> Response:
    """The link proves the address alone: who has a password signs in with it."""
    cookie = cookies.read(cookies.USER)
    proven = users.session_of(cookie)
    if proven is None or proven[1].id != user_id:
        flash(_("You are in. Sign in with the password you have."), "done")
        return redirect("/sign-in?next=/companies", 303)
    session["companies"] = len(users.companies_of(proven[1])) + proven[1].is_operator
    moved = users.acting_for(cookie, company_id)
    return cookies.give(redirect("/admin/", 303), cookies.USER, moved)


def _page(token: str, values: dict[str, str], errors: dict[str, str]) -> str:
    row = invitations.by_token(token)
    return render_template(
        "accounts/invitation.html",
        company=companies.open_one(row.company_id),
        role=invitations.role_of(row),
        email=row.email,
        known=invitations.is_known(row.email),
        shortest=users.SHORTEST_PASSWORD,
        values=values,
        errors=errors,
    )
