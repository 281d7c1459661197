"""Two people at one counter: the second chooses their name and proves it with their PIN."""

from collections.abc import Callable, Sequence

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....accounts import staff
from .....accounts.staff import PinInvalid, PinLocked, StaffMember, StaffPin
from .....errors import Invalid, NotFound, Refusal
from .....extensions import db
from .....ids import told as told_id
from ...ledger import Posted
from ...returns import Approver, SecondPersonNeeded
from . import unlock

MANAGER = "manager"
# What the refused form sent, and is sent again with the PIN.
_KEPT = ("key", "amount", "seen")

People = list[tuple[StaffMember, StaffPin | None]]


def carried_out(
    do: Callable[[Approver | None], Posted], *, doing: str, managers: bool = False
) -> Response | tuple[str, int]:
    """On to the verdict of what `do` wrote; or the question who else agrees, where it takes two.

    `doing` is what the button says. `managers`: one of the two has to be one.
    """
    try:
        posted = do(_approver())
    except (SecondPersonNeeded, PinInvalid, PinLocked, _NoPin) as refusal:
        db.session.rollback()
        return _ask(refusal, doing, managers), refusal.status
    db.session.commit()
    return redirect(url_for(".verdict", transaction_id=posted.transaction_id), 303)


class _NoPin(Refusal):
    """What was typed cannot be a PIN, or nobody was chosen: a slip, not counted."""

    code = "pin-missing"
    status = 422
    title = "No PIN yet"


def _approver() -> Approver | None:
    """Who agrees in this form, proved just now; None where it did not ask anybody."""
    if "approver" not in request.form and "approver_pin" not in request.form:
        return None
    chosen = told_id(request.form.get("approver", "")[:20])
    if chosen is None:
        raise _NoPin(_("Choose your name first."))
    try:
        member = staff.approve(g.terminal, chosen, request.form.get("approver_pin", "")[:64])
    except (Invalid, NotFound):
        raise _NoPin(_("A PIN has 4 to 8 digits.")) from None
    return Approver(member.id, member.role)


def _ask(refusal: Refusal, doing: str, managers: bool) -> str:
    """Names, and the PIN's keys, with what is to be agreed to. No PIN is ever in the page."""
    # A manager's name without their PIN is a name that anybody can choose.
    managers = managers and not (g.counter.member.role == MANAGER and g.counter.proven)
    people = _others(managers)
    chosen = told_id(request.form.get("approver", "")[:20])
    first = isinstance(refusal, SecondPersonNeeded) and chosen is None
    return render_template(
        "loyalty/terminal/approve.html",
        tiles=[unlock.tile(member, pin) for member, pin in people],
        chosen=chosen,
        error=None if first else _told(refusal),
        wait=unlock.wait(refusal, next((pin for who, pin in people if who.id == chosen), None)),
        doing=doing,
        managers=managers,
        kept={name: request.form[name][:255] for name in _KEPT if name in request.form},
    )


def _others(managers_only: bool) -> People:
    """Who else works at this shop."""
    here: Sequence[tuple[StaffMember, StaffPin | None]] = staff.at_vendor(g.terminal.vendor_id)
    return [
        (member, pin)
        for member, pin in here
        if member.id != g.actor.staff_id and (member.role == MANAGER or not managers_only)
    ]


def _told(refusal: Refusal) -> str:
    if isinstance(refusal, _NoPin):
        return refusal.sentence
    if isinstance(refusal, SecondPersonNeeded):
        return _("One of the two has to be a manager.")
    return unlock.told(refusal)
