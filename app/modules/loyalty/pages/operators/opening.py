"""`/platform/companies/new`: opening a company, and asking in whoever runs it."""

import zoneinfo
from functools import cache
from typing import Any

from babel.numbers import list_currencies
from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import audit, tenancy, text
from .....accounts import companies, invitations
from .....database import once_more
from .....errors import Invalid
from .....extensions import db
from .....guards import guarded
from .....ids import new_id
from ... import programs
from .blueprint import pages
from .company import as_company, close, find

_FIELDS = ("name", "slug", "currency", "timezone", "country", "locale")
_USUAL = {"currency": "EUR", "timezone": "Europe/Luxembourg", "country": "LU", "locale": "en-GB"}


@pages.get("/companies/new")
@guarded("platform", "platform")
def company_blank() -> str:
    """The form of a company to be."""
    return _form(_USUAL, {})


@pages.post("/companies/new")
@guarded("platform", "platform")
def company_open() -> Response | tuple[str, int]:
    """Open it, all in one transaction: with a programme of the default rules, and an invitation
    to its first administrator. Sent twice, the second finds the short name taken."""
    typed = {name: request.form.get(name, "").strip()[:254] for name in (*_FIELDS, "email")}
    typed["slug"] = typed["slug"] or text.slug_of(typed["name"])
    company_id, by = new_id(), g.user.user.id
    close()
    with tenancy.acting_as(company_id):
        try:
            once_more(lambda: _open(company_id, typed, by))
            db.session.commit()
            wrong = None
        except Invalid as fault:
            wrong = fault
        close()
    if wrong:
        return _form(typed, wrong.errors), wrong.status
    told = _(
        "%(company)s is open, and %(email)s is asked in.",
        company=typed["name"],
        email=typed["email"],
    )
    flash(told, "done")
    return redirect(url_for("platform.desk.company", company_id=company_id), 303)


@pages.post("/companies/<int:company_id>/invite")
@guarded("platform", "platform")
def company_invite(company_id: int) -> Response:
    """Ask an administrator in; who waits already gets a new letter."""
    name, by, email = find(company_id).name, g.user.user.id, request.form.get("email", "")[:254]
    try:
        as_company(company_id, lambda: once_more(lambda: _invite(email, by)), commit=True)
    except Invalid as wrong:
        db.session.rollback()
        flash("; ".join(wrong.errors.values()), "stop")
    else:
        flash(_("%(email)s is asked in.", email=email, company=name), "done")
    return redirect(url_for("platform.desk.company", company_id=company_id), 303)


def _open(company_id: int, typed: dict[str, str], by: int) -> None:
    """All of it. The company acts from its first row on: what is written, it may write."""
    errors = _email_errors(typed["email"])
    try:
        company = companies.create(**{name: typed[name] for name in _FIELDS})
    except Invalid as wrong:
        raise Invalid(wrong.errors | errors) from None
    if errors:
        raise Invalid(errors)
    company.id = company_id
    db.session.flush()
    audit.record("company.opened", subject_id=company_id, by=by)
    programs.create(company)
    _invite(typed["email"], by)


def _invite(email: str, by: int) -> None:
    invitations.invite(email, role="admin", vendor_id=None, by=by)


def _email_errors(email: str) -> dict[str, str]:
    try:
        text.email(email)
    except Invalid as wrong:
        return wrong.errors
    return {}


def _form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "loyalty/operators/company_new.html",
        values=values,
        errors=errors,
        currencies=_currencies(),
        zones=_zones(),
    )


@cache
def _zones() -> tuple[str, ...]:
    """To choose from while typing."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name))


@cache
def _currencies() -> tuple[str, ...]:
    return tuple(sorted(list_currencies()))
