"""`/platform/companies/<id>`: one company, and what the operator allows it."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import audit, tenancy
from .....accounts.companies import Company
from .....errors import NotFound
from .....extensions import db
from .....guards import guarded
from ... import programs, reports
from ...programs import settings
from . import labels, trail
from .blueprint import pages

LATEST_ACTS = 5
_WORDS = {"": None, "yes": True, "no": False}


@pages.get("/companies/<int:company_id>")
@guarded("platform", "platform")
def company(company_id: int) -> str:
    """Its figures, its programme, and the operator's word on it."""
    found = _found(company_id)
    standing = next(one for one in reports.standings() if one.company.id == company_id)
    did = trail.told(reports.acts(limit=LATEST_ACTS, company_id=company_id))
    db.session.rollback()  # a transaction keeps its company
    with tenancy.acting_as(company_id):
        word = settings.said()
        values = {name: _typed(getattr(word, name)) if word else "" for name in settings.NAMES}
        rules = programs.current() if standing.program else None
        pin = bool(rules and rules.require_staff_pin)
        own = dict.fromkeys(settings.NAMES, True) | {"require_staff_pin": pin}
        db.session.rollback()
    return render_template(
        "loyalty/operators/company.html",
        one=found,
        standing=standing,
        values=values,
        labels=labels.settings(),
        own=own,
        did=did,
    )


@pages.post("/companies/<int:company_id>/settings")
@guarded("platform", "platform")
def company_settings(company_id: int) -> Response:
    """Set the operator's word; an unknown one is left to the company."""
    _found(company_id)
    words = {name: _WORDS.get(request.form.get(name, "")) for name in settings.NAMES}
    _as(company_id, lambda: settings.say(by=g.user.user.id, **words))
    flash(_("Set. It beats what the company says."), "done")
    return redirect(url_for("platform.desk.company", company_id=company_id), 303)


@pages.post("/companies/<int:company_id>/status")
@guarded("platform", "platform")
def company_status(company_id: int) -> Response:
    """Close a company, or open it again: nothing of it is deleted."""
    wanted = "open" if request.form.get("open") == "1" else "closed"

    def change() -> None:
        db.session.get_one(Company, company_id).status = wanted
        audit.record(f"company.{wanted}", subject_id=company_id, by=g.user.user.id)

    _found(company_id)
    _as(company_id, change)
    flash(_("It is open.") if wanted == "open" else _("It is closed. Nothing was deleted."), "done")
    return redirect(url_for("platform.desk.company", company_id=company_id), 303)


def _as(company_id: int, work: Any) -> None:
    """Do and commit something as the company: a transaction keeps its company."""
    db.session.rollback()
    with tenancy.acting_as(company_id):
        work()
        db.session.commit()


def _found(company_id: int) -> Company:
    found = db.session.get(Company, company_id)
    if found is None:
        raise NotFound("There is no such company.")
    return found


def _typed(value: bool | None) -> str:
    return next(typed for typed, word in _WORDS.items() if word is value)
