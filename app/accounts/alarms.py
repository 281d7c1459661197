"""What a company's admins are told of at once: PINs that somebody is guessing.

Each of them by an event of their own: whose mailbox is full keeps nobody else's letter, nor has
it sent again.
"""

from collections.abc import Callable

from flask import g
from flask_babel import gettext as _

from .. import jobs, letters, outbox
from ..extensions import db
from . import companies, people
from .staff.members import StaffMember

Words = tuple[str, str]  # the heading, and what to do


@jobs.job("pin.disabled")
@jobs.job("pins.besieged")
def tell_the_admins(task: jobs.Task) -> None:
    """A PIN was missed ten times and is no use any more; or a hundred wrong ones were typed in a
    day, and the terminals where it happened are locked until tomorrow."""
    for user in people.admins():
        outbox.put("office.alarm", about=task.kind, user=str(user.id), **task.body)


@letters.written("office.alarm")
def alarm(task: jobs.Task) -> jobs.Effect | None:
    """The letter to one admin, if they still are one."""
    g.company = companies.acting()
    told = _WORDS[task.body["about"]](task)
    wanted = int(task.body["user"])
    user = next((user for user in people.admins() if user.id == wanted), None)
    if told is None or user is None:
        return None
    heading, say = told
    page = "staff" if "staff" in task.body else "terminals"
    return letters.by_mail(
        task,
        user.email,
        "office",
        subject=heading,
        sentences=[say],
        press=_("Open the office"),
        link=letters.address(f"/admin/{page}"),
    )


def _pin_disabled(task: jobs.Task) -> Words | None:
    member = db.session.get(StaffMember, (task.company_id, int(task.body["staff"])))
    if member is None:
        return None
    say = _(
        "Nobody can use %(name)s’s PIN now. Was it them? Then give them a new one in the office,"
        " under Staff.",
        name=member.name,
    )
    return _("A PIN was disabled after ten misses"), say


def _pins_besieged(_task: jobs.Task) -> Words:
    say = _(
        "A hundred wrong PINs were typed today. The terminals where it happened are locked until"
        " tomorrow, the others work. Pair them again, or revoke them, in the office, under"
        " Terminals."
    )
    return _("Somebody is guessing PINs"), say


_WORDS: dict[str, Callable[[jobs.Task], Words | None]] = {
    "pin.disabled": _pin_disabled,
    "pins.besieged": _pins_besieged,
}
