"""Shops: `/admin/vendors`."""

import zoneinfo
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import audit, text
from ...database import once_more
from ...errors import Invalid, NotFound
from ...extensions import db
from ...guards import guarded
from .. import staff, terminals, vendors
from ..vendors import Vendor
from .blueprints import admin
from .office import own_shop


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
        made = vendors.create(**(typed | {"slug": slug}))
        db.session.flush()
        return made

    try:
        shop = once_more(work)
    except Invalid as wrong:
        db.session.rollback()
        return _form(None, typed, wrong.errors), wrong.status
    audit.record("vendor.added", subject_id=shop.id, by=g.user.user.id)
    db.session.commit()
    flash(_("%(name)s is open. Its counter needs a terminal next.", name=shop.name), "done")
    return redirect(url_for(".vendor", slug=shop.slug), 303)


@admin.get("/vendors/<string:slug>")
@guarded("admin", "shop")
def vendor(slug: str) -> str:
    """One shop: where it is, who and what stands there, and how customers join."""
    shop = _mine(slug)
    counters = [each for each in terminals.every() if each.vendor_id == shop.id]
    people = [each for each, _pin in staff.every() if each.active]
    return render_template(
        "accounts/vendor.html",
        vendor=shop,
        paired=sum(each.secret_hash is not None for each in counters),
        waiting=sum(each.secret_hash is None for each in counters),
        people=[each.name for each in people if each.vendor_id == shop.id],
        roaming=sum(each.vendor_id is None for each in people),
        join_url=f"{_home()}/s/{g.company.slug}/?{urlencode({'at': shop.slug})}",
        counter_url=f"{_home()}/terminal/",
    )


@admin.get("/vendors/<string:slug>/edit")
@guarded("admin", "shop")
def vendors_edit(slug: str) -> str:
    """The form of a shop that is."""
    shop = _mine(slug)
    return _form(shop, _kept(shop), {})


@admin.post("/vendors/<string:slug>/edit")
@guarded("admin", "shop")
def vendors_change(slug: str) -> Response | tuple[str, int]:
    """Correct, close or open a shop; its manager says how it is called and where it is."""
    shop = _mine(slug)
    typed = _kept(shop) | _typed(*(_OF_THE_CHAIN if _whole_chain() else _OF_THE_MANAGER))
    try:
        vendors.change(shop, **typed)
    except Invalid as wrong:
        return _form(shop, typed, wrong.errors), wrong.status
    audit.record(
        "vendor.changed", subject_id=shop.id, by=g.user.user.id, open=int(shop.status == "open")
    )
    db.session.commit()
    flash(_("%(name)s is saved.", name=shop.name), "done")
    return redirect(url_for(".vendor", slug=shop.slug), 303)


# When the shop's day ends, and whether there is one, is for the chain to say.
_OF_THE_MANAGER = ("name", "address")
_OF_THE_CHAIN = ("name", "timezone", "address", "status")


def _mine(slug: str) -> Vendor:
    """Finding authorises: a manager finds their own shop."""
    shop = vendors.find(slug)
    if own_shop() not in (None, shop.id):
        raise NotFound("There is no such shop.")
    return shop


def _whole_chain() -> bool:
    return own_shop() is None


def _kept(shop: Vendor) -> dict[str, str]:
    return {name: getattr(shop, name) for name in _OF_THE_CHAIN}


def _home() -> str:
    return str(current_app.config["SETTINGS"].public_url).rstrip("/")


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:300] for name in names}


def _form(shop: Vendor | None, values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "accounts/vendor_form.html",
        vendor=shop,
        values=values,
        errors=errors,
        whole_chain=_whole_chain(),
        zones=_zones(g.company.timezone.partition("/")[0]),
    )


@cache
def _zones(continent: str) -> tuple[str, ...]:
    """The zones of one continent, to choose from while typing; any other may be typed too."""
    return tuple(
        sorted(name for name in zoneinfo.available_timezones() if name.startswith(f"{continent}/"))
    )
