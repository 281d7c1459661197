"""Shops: `/admin/vendors`."""

import zoneinfo
from functools import cache
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import audit, text
from ...database import once_more
from ...errors import Invalid
from ...extensions import db
from ...guards import guarded
from .. import vendors
from ..vendors import Vendor
from .blueprints import admin


@admin.get("/vendors")
@guarded("admin", "vendors")
def vendors_list() -> str:
    """All shops, the closed ones too."""
    return render_template("accounts/vendors.html", vendors=vendors.every())


@admin.get("/vendors/new")
@guarded("admin", "vendors")
def vendors_new() -> str:
    """The form of a shop to be."""
    return _form(None, {"timezone": g.company.timezone}, {})


@admin.post("/vendors/new")
@guarded("admin", "vendors")
def vendors_add() -> Response | tuple[str, int]:
    """A new shop; its address part is made of its name where none was typed."""
    typed = _typed("slug", "name", "timezone", "address")
    slug = typed["slug"] or text.slug_of(typed["name"])

    def work() -> Vendor:
        vendor = vendors.create(**(typed | {"slug": slug}))
        db.session.flush()
        return vendor

    try:
        vendor = once_more(work)
    except Invalid as wrong:
        db.session.rollback()
        return _form(None, typed, wrong.errors), wrong.status
    audit.record("vendor.added", subject_id=vendor.id, by=g.user.user.id)
    db.session.commit()
    flash(_("%(name)s is open. Its counter needs a terminal next.", name=vendor.name), "done")
    return redirect(url_for("admin.accounts.vendors_list"), 303)


@admin.get("/vendors/<string:slug>/edit")
@guarded("admin", "vendors")
def vendors_edit(slug: str) -> str:
    """The form of a shop that is."""
    vendor = vendors.find(slug)
    kept = {name: getattr(vendor, name) for name in ("name", "timezone", "address", "status")}
    return _form(vendor, kept, {})


@admin.post("/vendors/<string:slug>/edit")
@guarded("admin", "vendors")
def vendors_change(slug: str) -> Response | tuple[str, int]:
    """Correct, close or open a shop."""
    vendor = vendors.find(slug)
    typed = _typed("name", "timezone", "address", "status")
    try:
        vendors.change(vendor, **typed)
    except Invalid as wrong:
        return _form(vendor, typed, wrong.errors), wrong.status
    audit.record(
        "vendor.changed", subject_id=vendor.id, by=g.user.user.id, open=int(vendor.status == "open")
    )
    db.session.commit()
    flash(_("%(name)s is saved.", name=vendor.name), "done")
    return redirect(url_for("admin.accounts.vendors_list"), 303)


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:300] for name in names}


def _form(vendor: Vendor | None, values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "accounts/vendor_form.html",
        vendor=vendor,
        values=values,
        errors=errors,
        zones=_zones(g.company.timezone.partition("/")[0]),
    )


@cache
def _zones(continent: str) -> tuple[str, ...]:
    """The zones of one continent, to choose from while typing; any other may be typed too."""
    return tuple(
        sorted(name for name in zoneinfo.available_timezones() if name.startswith(f"{continent}/"))
    )
