"""What surrounds every page of the counter: the shop, who stands there, the time of the place."""

from datetime import datetime
from typing import Any

from babel.dates import format_date
from flask import g, redirect, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import clock
from .....accounts import staff
from .....accounts.vendors import Vendor
from .....extensions import db
from ...programs import settings
from .blueprint import pages

# The script locks a little before the server would stop believing in the person.
_IDLE_MARGIN_SECONDS = 5
_FOUND_BY_CODE, _JUST_MADE = "found_by_code", "just_made"


@pages.before_request
def _pin_if_the_rules_ask() -> Response | None:
    """Whoever unlocked without a PIN is asked for it as soon as the rules want one."""
    counter = g.get("counter")
    if counter is None or counter.proven or not settings.allowed().require_staff_pin:
        return None
    return redirect(url_for(".unlock"), 303)


@pages.context_processor
def _around() -> dict[str, Any]:
    if "terminal" not in g:
        return {}
    shop = vendor()
    return {
        "vendor_name": shop.name,
        "terminal_name": g.terminal.name,
        "time_zone": shop.timezone,
        "person": g.counter.member.name if "counter" in g else None,
        "lock_url": url_for(".lock"),
        "idle_seconds": staff.IDLE_SECONDS - _IDLE_MARGIN_SECONDS,
        "ready_url": url_for(".ready"),
    }


def ready_url() -> str:
    return url_for(".ready")


def vendor() -> Vendor:
    """The shop this terminal stands in."""
    shop: Vendor = db.session.get_one(Vendor, (g.terminal.company_id, g.terminal.vendor_id))
    return shop


def local(moment: datetime) -> datetime:
    """The moment on the shop's clock."""
    return moment.astimezone(clock.zone(vendor().timezone))


def time_of_day(moment: datetime, *, seconds: bool = False) -> str:
    """`14:31` at the shop; `14:38:12` where seconds matter."""
    return local(moment).strftime("%H:%M:%S" if seconds else "%H:%M")


def day_of(moment: datetime) -> str:
    """How a person would say the day: today, yesterday, on Tuesday, on 3 March."""
    day, today = local(moment).date(), local(clock.now()).date()
    ago = (today - day).days
    if ago <= 0:
        return _("today")
    if ago == 1:
        return _("yesterday")
    pattern = "EEEE" if ago < 7 else "d MMMM" if ago < 300 else "d MMMM y"
    return _("on %(day)s", day=format_date(day, pattern, locale=get_locale()))


# -- how the card at the counter was found, carried in the signed session --------------------------


def note_found(number: str, *, by_code: bool) -> None:
    """Remember whether the card itself was there: only then may it redeem."""
    session.pop(_JUST_MADE, None)
    session.pop(_FOUND_BY_CODE, None)
    if by_code:
        session[_FOUND_BY_CODE] = number


def note_made(number: str) -> None:
    """Remember that this card was made here just now: its link may be shown to be scanned."""
    note_found(number, by_code=False)
    session[_JUST_MADE] = number


def was_found_by_code(number: str) -> bool:
    return bool(session.get(_FOUND_BY_CODE) == number)


def was_just_made(number: str) -> bool:
    return bool(session.get(_JUST_MADE) == number)
