"""Staff: `/admin/staff`. A PIN is shown once, in the answer that made it, and nowhere else."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import audit
from ...errors import Invalid, NotFound
from ...extensions import db
from ...guards import guarded
from .. import staff, vendors
from ..staff import StaffMember
from .blueprints import ID, admin
from .office import own_shop

EVERYWHERE = "all"
ROLES = ("staff", "manager")


@admin.get("/staff")
@guarded("admin", "staff")
def staff_list() -> str:
    """Who stands at which counter, and whether their PIN works."""
    return _page({}, {})


@admin.post("/staff")
@guarded("admin", "staff")
def staff_add() -> tuple[str, int]:
    """A new person with a PIN of our choosing."""
    pin = _fresh_pin()
    typed = {name: request.form.get(name, "")[:120] for name in ("name", "vendor", "role")}
    try:
        member = staff.create(**_checked(typed))
    except Invalid as wrong:
        db.session.rollback()
        return _page(typed, wrong.errors), wrong.status
    db.session.flush()
    audit.record("staff.added", subject_id=member.id, by=g.user.user.id)
    return _pin_page(member, pin)


@admin.post(f"/staff/<{ID}:staff_id>/pin")
@guarded("admin", "staff")
def staff_pin(staff_id: int) -> tuple[str, int]:
    """Another PIN in place of the old one, which stops working; so does a session with it."""
    pin = _fresh_pin()
    return _pin_page(_mine(staff_id), pin)


@admin.post(f"/staff/<{ID}:staff_id>/unlock")
@guarded("admin", "staff")
def staff_unlock(staff_id: int) -> Response:
    """The same PIN works again."""
    member = _mine(staff_id)
    staff.unlock_pin(member)
    return _done("staff.pin-unlocked", member, _("%(name)s’s PIN works again.", name=member.name))


@admin.post(f"/staff/<{ID}:staff_id>/deactivate")
@guarded("admin", "staff")
def staff_deactivate(staff_id: int) -> Response:
    """Off every counter at once."""
    member = _mine(staff_id)
    staff.deactivate(member)
    return _done("staff.deactivated", member, _("%(name)s is off every counter.", name=member.name))


@admin.post(f"/staff/<{ID}:staff_id>/activate")
@guarded("admin", "staff")
def staff_activate(staff_id: int) -> Response:
    """Back behind the counter, with the PIN as it was."""
    member = _mine(staff_id)
    staff.activate(member)
    return _done("staff.activated", member, _("%(name)s is back.", name=member.name))


def _fresh_pin() -> tuple[str, str, int]:
    """Hashing is slow on purpose: no transaction is open meanwhile, or every till would wait."""
    db.session.commit()  # only what the guard read
    return staff.fresh_pin()


def _checked(typed: dict[str, str]) -> dict[str, Any]:
    """What `staff.create` takes; raises `Invalid` naming every unusable field."""
    errors: dict[str, str] = {}
    places = {str(vendor.id): vendor.id for vendor in _shops()}
    if own_shop() is None:
        places[EVERYWHERE] = None  # type: ignore[assignment]
    if typed["vendor"] not in places:
        errors["vendor"] = _("choose where they work")
    if typed["role"] not in ROLES:
        errors["role"] = _("choose what they may do")
    name, vendor_id = " ".join(typed["name"].split()), places.get(typed["vendor"])
    if not name:
        errors["name"] = _("expected the name that the counter shows")
    elif not errors and _is_taken(name, vendor_id):
        errors["name"] = _(
            "%(name)s stands at this counter already, and two alike cannot tell their tiles"
            " apart. Add a letter, or give the one who is there a new PIN.",
            name=name,
        )
    if errors:
        raise Invalid(errors)
    return {"name": name, "vendor_id": vendor_id, "role": typed["role"]}


def _is_taken(name: str, vendor_id: int | None) -> bool:
    """Whether somebody of that name meets this person at a counter."""
    return any(
        member.active
        and member.name == name
        and (None in (vendor_id, member.vendor_id) or vendor_id == member.vendor_id)
        for member, _pin in staff.every()
    )


def _mine(staff_id: int) -> StaffMember:
    """Finding authorises: a manager finds the people of their own shop."""
    member = staff.find(staff_id)
    if own_shop() not in (None, member.vendor_id):
        raise NotFound("There is no such person.")
    return member


def _shops() -> list[vendors.Vendor]:
    return [v for v in vendors.every(open_only=True) if own_shop() in (None, v.id)]


def _done(act: str, member: StaffMember, sentence: str) -> Response:
    audit.record(act, subject_id=member.id, by=g.user.user.id)
    db.session.commit()
    flash(sentence, "done")
    return redirect(url_for("admin.accounts.staff_list"), 303)


def _pin_page(member: StaffMember, pin: tuple[str, str, int]) -> tuple[str, int]:
    shown, pin_hash, pepper_version = pin
    staff.assign(member, pin_hash, pepper_version)
    audit.record("staff.pin-set", subject_id=member.id, by=g.user.user.id)
    db.session.commit()
    return render_template("accounts/staff_pin.html", member=member, pin=shown), 201


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    mine = [pair for pair in staff.every() if own_shop() in (None, pair[0].vendor_id)]
    return render_template(
        "accounts/staff.html",
        here=[pair for pair in mine if pair[0].active],
        left=[member for member, _pin in mine if not member.active],
        shops={vendor.id: vendor for vendor in vendors.every()},
        open_shops=[(vendor.id, vendor.name) for vendor in _shops()],
        whole_chain=own_shop() is None,
        values=values,
        errors=errors,
        is_locked=staff.is_locked,
        disabled_at=staff.DISABLED_AT,
    )
