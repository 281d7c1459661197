"""The people of the office: `/admin/people`. Who may sign in here, and as what."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...database import once_more
from ...errors import Invalid
from ...extensions import db, limiter
from ...guards import guarded
from .. import invitations, people, vendors
from ..invitations import Invitation
from ..people import LastAdministrator
from .blueprints import ID, admin

Place = tuple[str, int | None]  # the role, and the shop of a manager


@admin.get("/people")
@guarded("admin", "people")
def people_list() -> str:
    """Who is here, who is invited, who was switched off."""
    return _page({}, {})


@admin.post("/people")
@guarded("admin", "people")
@limiter.limit("60 per hour")
def people_invite() -> Response | tuple[str, int]:
    """A letter with a link. Whoever is invited already gets a new one."""
    typed = {name: request.form.get(name, "").strip()[:254] for name in ("email", "place")}

    def work() -> Invitation:
        role, vendor_id = _place(typed["place"])
        return invitations.invite(typed["email"], role=role, vendor_id=vendor_id, by=g.user.user.id)

    try:
        invited = once_more(work)
    except Invalid as wrong:
        db.session.rollback()
        return _page(typed, wrong.errors), wrong.status
    return _done(_("The invitation is on its way to %(email)s.", email=invited.email))


@admin.post(f"/people/invitations/<{ID}:invitation_id>/again")
@guarded("admin", "people")
@limiter.limit("60 per hour")
def people_invite_again(invitation_id: int) -> Response:
    """Another letter; the link of the last one stops working."""
    invitation = invitations.find(invitation_id)
    invitations.send_again(invitation, by=g.user.user.id)
    return _done(_("Another letter is on its way to %(email)s.", email=invitation.email))


@admin.post(f"/people/invitations/<{ID}:invitation_id>/withdraw")
@guarded("admin", "people")
def people_withdraw(invitation_id: int) -> Response:
    """Its link leads nowhere any more."""
    invitation = invitations.find(invitation_id)
    invitations.withdraw(invitation, by=g.user.user.id)
    return _done(_("The invitation of %(email)s is withdrawn.", email=invitation.email))


@admin.get(f"/people/<{ID}:member_id>")
@guarded("admin", "people")
def people_one(member_id: int) -> str:
    """One of them, and what they may do."""
    return _one(member_id)


@admin.post(f"/people/<{ID}:member_id>")
@guarded("admin", "people")
def people_change(member_id: int) -> Response | tuple[str, int]:
    """Another role, or another shop."""
    try:
        role, vendor_id = _place(request.form.get("place", ""))
        people.change(member_id, role=role, vendor_id=vendor_id, by=g.user.user.id)
    except Invalid as wrong:
        return _one(member_id, errors=wrong.errors), wrong.status
    except LastAdministrator as refusal:
        db.session.rollback()
        return _one(member_id, refused=_last()), refusal.status
    return _done(_("%(name)s is saved.", name=_name(member_id)))


@admin.post(f"/people/<{ID}:member_id>/off")
@guarded("admin", "people")
def people_off(member_id: int) -> Response | tuple[str, int]:
    """Out, from their next step on; what they did stays."""
    try:
        people.switch(member_id, off=True, by=g.user.user.id)
    except LastAdministrator as refusal:
        db.session.rollback()
        return _one(member_id, refused=_last()), refusal.status
    return _done(_("%(name)s is switched off.", name=_name(member_id)))


@admin.post(f"/people/<{ID}:member_id>/on")
@guarded("admin", "people")
def people_on(member_id: int) -> Response:
    """In again, as they were."""
    people.switch(member_id, off=False, by=g.user.user.id)
    return _done(_("%(name)s can sign in again.", name=_name(member_id)))


def _place(typed: str) -> Place:
    """What the one choice says: an administrator, or a shop's manager; raises `Invalid`."""
    if typed == people.ADMIN:
        return people.ADMIN, None
    shop = next((v.id for v in vendors.every(open_only=True) if str(v.id) == typed), None)
    if shop is None:
        raise Invalid({"place": _("choose what they may do")})
    return people.MANAGER, shop


def _name(member_id: int) -> str:
    _member, user = people.find(member_id)
    return user.name


def _done(sentence: str) -> Response:
    db.session.commit()
    flash(sentence, "done")
    # Who changed themselves may not open this page any more.
    mine = people.of_user(g.user.user.id)
    stays = mine is not None and mine.role == people.ADMIN
    return redirect(url_for("admin.accounts.people_list") if stays else "/", 303)


def _last() -> str:
    return _(
        "Nobody else runs this company, and without an administrator nobody could. Invite another"
        " one first."
    )


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    everybody = people.every()
    return render_template(
        "accounts/people.html",
        here=[row for row in everybody if row[0].off_at is None],
        off=[row for row in everybody if row[0].off_at],
        invited=invitations.every(),
        me=g.user.user.id,
        shops={vendor.id: vendor.name for vendor in vendors.every()},
        places=_places(),
        values=values,
        errors=errors,
    )


def _one(member_id: int, *, errors: dict[str, str] | None = None, refused: str = "") -> str:
    member, user = people.find(member_id)
    return render_template(
        "accounts/person.html",
        member=member,
        person=user,
        me=g.user.user.id,
        places=_places(member.vendor_id),
        errors=errors or {},
        refused=refused,
    )


def _places(kept: int | None = None) -> list[tuple[str, str]]:
    """What one may be: of the shops the open ones, and the one that is kept."""
    managed = [
        (str(vendor.id), _("Manager of %(shop)s", shop=vendor.name))
        for vendor in vendors.every()
        if vendor.status == "open" or vendor.id == kept
    ]
    return [(people.ADMIN, _("Administrator: everything, in every shop")), *managed]
