"""`/platform/operators`: who may sign in at the desk."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....accounts import operators
from .....database import once_more
from .....errors import Invalid
from .....extensions import db
from .....guards import guarded
from . import newcomers
from .blueprint import pages
from .company import close
from .newcomers import Newcomer


@pages.get("/operators")
@guarded("platform", "platform")
def operators_list() -> str:
    """Who they are, and the form that adds one."""
    return _page({}, {})


@pages.post("/operators")
@guarded("platform", "platform")
def operators_add() -> Response | tuple[str, int]:
    """Let somebody in: who signs in already keeps their password."""
    typed = {name: request.form.get(name, "").strip()[:254] for name in ("email", "name")}
    by = g.user.user.id
    try:
        newcomer = newcomers.of(typed["email"], typed["name"])
        appointed = once_more(lambda: _appoint(newcomer, by))
        db.session.commit()
    except Invalid as wrong:
        db.session.rollback()
        return _page(typed, wrong.errors), wrong.status
    said = (
        _("%(email)s may sign in at the desk.", email=newcomer.email)
        if appointed
        else _("%(email)s was an operator already.", email=newcomer.email)
    )
    flash(said, "done")
    there = url_for("platform.desk.operators_list")
    if not newcomer.password:
        return redirect(there, 303)
    return newcomers.shown(newcomer, on=there), 201


@pages.post("/operators/<int:operator_id>/remove")
@guarded("platform", "platform")
def operators_remove(operator_id: int) -> Response:
    """Shut the desk to somebody; their account stays, and whatever they do in companies."""
    by = g.user.user.id
    close()  # who could dismiss each other are locked by the first statement
    gone = operators.dismiss(operator_id, by=by)
    db.session.commit()
    flash(_("%(name)s does not get in at the desk any more.", name=gone.name), "done")
    return redirect(url_for("platform.desk.operators_list"), 303)


def _appoint(newcomer: Newcomer, by: int) -> bool:
    newcomer.join("email")
    return operators.appoint(newcomer.id, by=by)


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "loyalty/operators/operators.html",
        operators=operators.every(),
        mine=g.user.user.id,
        values=values,
        errors=errors,
    )
