"""What a company's admins are told of at once: PINs that somebody is guessing."""

from functools import partial

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import select

from .. import jobs, mail
from ..extensions import db
from . import companies
from .staff.members import StaffMember
from .users import Membership, User


@jobs.job("pin.disabled")
def pin_disabled(task: jobs.Task) -> jobs.Effect | None:
    """A PIN was missed ten times and is no use any more."""
    member = db.session.get(StaffMember, (task.company_id, int(task.body["staff"])))
    if member is None:
        return None
    heading = _("A PIN was disabled after ten misses")
    say = _(
        "Nobody can use %(name)s’s PIN now. Was it them? Then give them a new one in the office,"
        " under Staff.",
        name=member.name,
    )
    return _to_admins(task, heading, say)


@jobs.job("pins.besieged")
def pins_besieged(task: jobs.Task) -> jobs.Effect | None:
    """A hundred wrong PINs in a day: the terminals they were typed at are locked until tomorrow."""
    heading = _("Somebody is guessing PINs")
    say = _(
        "A hundred wrong PINs were typed today. The terminals where it happened are locked until"
        " tomorrow, the others work. Pair them again, or revoke them, in the office, under"
        " Terminals."
    )
    return _to_admins(task, heading, say)


def _to_admins(task: jobs.Task, heading: str, say: str) -> jobs.Effect | None:
    company = companies.acting()
    query = select(User.email).join(Membership, Membership.user_id == User.id)
    admins = db.session.scalars(query.where(Membership.role == "admin").order_by(User.id)).all()
    if not admins:
        return None
    text = render_template("emails/alarm.txt", heading=heading, say=say, company=company)
    html = render_template("emails/alarm.html", heading=heading, say=say, company=company)
    letters = [
        partial(mail.send, to, heading, text, html, sender="Regulars", name=task.id + place)
        for place, to in enumerate(admins)
    ]

    def all_of_them() -> None:
        for letter in letters:
            letter()

    return all_of_them
