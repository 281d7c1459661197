"""`/platform/companies/<id>/status`: closing a company, and opening it again."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import audit
from .....accounts import companies
from .....accounts.companies import Company
from .....guards import guarded
from .blueprint import pages
from .company import as_company, find


@pages.get("/companies/<int:company_id>/status")
@guarded("platform", "platform")
def company_standing(company_id: int) -> str:
    """What it does, and the form that asks for the company's own name in addresses."""
    return _form(find(company_id), typed="", error=None)


@pages.post("/companies/<int:company_id>/status")
@guarded("platform", "platform")
def company_status(company_id: int) -> Response | tuple[str, int]:
    """Close it, or open it again: nothing of it is deleted. What is so already stays so."""
    found = find(company_id)
    name = found.name
    wanted = companies.OPEN if request.form.get("open") == "1" else companies.CLOSED
    typed = request.form.get("typed", "")[:80]
    if typed.strip().casefold() != found.slug:
        error = _("Type %(slug)s, as it stands above.", slug=found.slug)
        return _form(found, typed=typed, error=error), 422
    by = g.user.user.id

    def change() -> None:
        if companies.set_status(company_id, wanted):
            audit.record(f"company.{wanted}", subject_id=company_id, by=by)

    as_company(company_id, change, commit=True)
    told = (
        _("%(company)s is open.", company=name)
        if wanted == companies.OPEN
        else _("%(company)s is closed. Nothing was deleted.", company=name)
    )
    flash(told, "done")
    return redirect(url_for("platform.desk.company", company_id=company_id), 303)


def _form(found: Company, *, typed: str, error: str | None) -> str:
    return render_template(
        "loyalty/operators/company_status.html", one=found, typed=typed, error=error
    )
