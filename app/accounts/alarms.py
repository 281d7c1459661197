"""What a company's admins are told of at once: PINs that somebody is guessing, and what the layers
above make known by `about`.

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
Worded = Callable[[jobs.Task], Words | None]  # None where there is nothing to tell any more
_ABOUT: dict[str, tuple[Worded, str]] = {}


def about(kind: str, *, page: str) -> Callable[[Worded], Worded]:
    """Register what words the letter about events of this kind; `page` is where its link leads."""

    def register(words: Worded) -> Worded:
        jobs.job(kind)(_tell_the_admins)
        _ABOUT[kind] = words, page
        return words

    return register


def _tell_the_admins(task: jobs.Task) -> None:
    for user in people.admins():
        outbox.put("office.alarm", about=task.kind, user=str(user.id), **task.body)


@letters.written("office.alarm")
def alarm(task: jobs.Task) -> jobs.Effect | None:
    """The letter to one admin, if they still are one."""
    g.company = companies.acting()
    words, page = _ABOUT[task.body["about"]]
    told = words(task)
    wanted = int(task.body["user"])
    user = next((user for user in people.admins() if user.id == wanted), None)
    if told is None or user is None:
        return None
    heading, say = told
    return letters.by_mail(
        task,
        user.email,
        "office",
        subject=heading,
        sentences=[say],
        press=_("Open the office"),
        link=letters.address(page),
    )


@about("pin.disabled", page="/admin/staff")
def pin_disabled(task: jobs.Task) -> Words | None:
    """It was missed ten times and is no use any more."""
    member = db.session.get(StaffMember, (task.company_id, int(task.body["staff"])))
    if member is None:
        return None
    say = _(
        "Nobody can use %(name)s’s PIN now. Was it them? Then give them a new one in the office,"
        " under Staff.",
        name=member.name,
    )
    return _("A PIN was disabled after ten misses"), say


@about("pins.besieged", page="/admin/terminals")
def pins_besieged(_task: jobs.Task) -> Words:
    """A hundred wrong ones were typed in a day, and the terminals where it happened are locked
    until tomorrow."""
    say = _(
        "A hundred wrong PINs were typed today. The terminals where it happened are locked until"
        " tomorrow, the others work. Pair them again, or revoke them, in the office, under"
        " Terminals."
    )
    return _("Somebody is guessing PINs"), say
