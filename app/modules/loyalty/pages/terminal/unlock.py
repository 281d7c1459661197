"""Who is at the counter: a name, and the PIN that proves it where the rules ask for one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from ..... import clock, cookies, ids
from .....accounts import staff
from .....accounts.staff import DISABLED_AT, PinInvalid, PinLocked, StaffMember, StaffPin
from .....errors import Invalid, NotFound, Refusal
from .....extensions import db
from .....guards import guarded
from ...programs import settings
from . import frame
from .blueprint import pages


@dataclass(frozen=True, slots=True)
class Tile:
    """A name to choose; `locked` ones say until when, or who helps."""

    staff_id: int
    name: str
    small: str | None
    locked: bool


@pages.get("/unlock")
@guarded("device", "unlock")
def unlock() -> str:
    """The names, and the PIN pad."""
    return _page()


@pages.post("/unlock")
@guarded("device", "unlock")
def unlock_now() -> Response | tuple[str, int]:
    """A session for the right PIN (or for the name alone, unproven, where none is asked)."""
    member = _chosen()
    try:
        if settings.allowed().require_staff_pin:
            cookie = staff.unlock(g.terminal, member, request.form.get("pin", "")[:64])
        else:
            cookie = staff.open_session(g.terminal, member, proven=False)
            db.session.commit()
    except (PinInvalid, PinLocked, Invalid) as refusal:
        db.session.rollback()
        return _page(refusal, chosen=member.id), refusal.status
    session.clear()
    session["staff_seen"] = int(clock.now().timestamp())
    back = redirect(cookies.way_back(url_for(".ready")), 303)
    return cookies.give(back, cookies.STAFF, cookie)


@pages.post("/lock")
@guarded("device", "unlock")
def lock() -> Response:
    """Nobody is here any more: by hand, when switching person, or after two idle minutes."""
    staff.lock(g.terminal)
    db.session.commit()
    session.clear()
    return cookies.give(redirect(url_for(".unlock"), 303), cookies.STAFF, "")


def _chosen() -> StaffMember:
    """The chosen one of those who may stand at this counter; raises `NotFound`."""
    chosen = ids.told(request.form.get("staff_id", ""))
    member = staff.one_at_vendor(g.terminal.vendor_id, chosen) if chosen else None
    if member is None:
        raise NotFound(_("Choose your name first."))
    return member


def _page(refusal: Refusal | None = None, chosen: int | None = None) -> str:
    asks = settings.allowed().require_staff_pin
    people = staff.at_vendor(g.terminal.vendor_id)
    return render_template(
        "loyalty/terminal/unlock.html",
        tiles=_tiles(people, asks),
        asks_for_pin=asks,
        chosen=chosen,
        error=told(refusal) if refusal else None,
        wait=wait(refusal, next((pin for who, pin in people if who.id == chosen), None)),
        next=cookies.way_back(""),
        person=None,
    )


def wait(refusal: Refusal | None, pin: StaffPin | None) -> int | None:
    """Seconds until another try counts: told by the refusal, or begun by this very miss."""
    if isinstance(refusal, PinInvalid) and pin and pin.failures < DISABLED_AT and pin.locked_until:
        left = math.ceil((pin.locked_until - clock.now()).total_seconds())
        return left if left > 0 else None
    return refusal.figures.get("retry_after_seconds") if refusal else None


def _tiles(people: Sequence[tuple[StaffMember, StaffPin | None]], asks: bool) -> list[Tile]:
    return [tile(member, pin) if asks else _open_tile(member) for member, pin in people]


def _open_tile(member: StaffMember) -> Tile:
    return Tile(member.id, member.name, _("manager") if member.role == "manager" else None, False)


def tile(member: StaffMember, pin: StaffPin | None) -> Tile:
    if pin is None:
        return Tile(member.id, member.name, _("has no PIN yet"), True)
    if pin.failures >= DISABLED_AT:
        return Tile(member.id, member.name, _("PIN disabled, ask a manager"), True)
    if staff.is_locked(pin) and pin.locked_until:
        until = frame.time_of_day(pin.locked_until, seconds=True)
        return Tile(member.id, member.name, _("locked until %(time)s", time=until), True)
    return _open_tile(member)


def told(refusal: Refusal) -> str:
    if isinstance(refusal, Invalid):
        return _("A PIN has 4 to 8 digits.")
    if not isinstance(refusal, PinInvalid):
        return refusal.sentence
    left = refusal.figures["attempts_left"]
    return ngettext(
        "That PIN is wrong. %(num)s try is left.",
        "That PIN is wrong. %(num)s tries are left.",
        left,
    )
