"""Not yet: a refusal fills the screen with its reason, its figures and its end."""

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response

from ..... import web
from .....database import let_go
from .....errors import NotFound, Refusal
from ...ledger.explain import CASHIER, refused
from ...returns import SecondPersonNeeded
from . import found as counter
from . import frame, lines, wording
from .blueprint import pages
from .found import Found

# How long each of these stays on the screen by itself; the others wait for a press.
_RETURN_SECONDS = {
    "cooldown": 30,
    "daily-cap": 15,
    "insufficient-stamps": 15,
    "insufficient-points": 15,
}


@pages.errorhandler(Refusal)
def show(refusal: Refusal) -> Response | tuple[str, int]:
    """The refusal, whole screen, with its own status."""
    let_go()
    if "counter" not in g:  # nobody is at the counter yet: an ordinary problem page
        return web.problem(
            refusal.status, refusal.title, refusal.sentence, code=refusal.code, **refusal.figures
        )
    try:
        return _whole_screen(refusal), refusal.status
    except DBAPIError as away:  # it went away after the verb had looked
        return web.show_away(away)


def _whole_screen(refusal: Refusal) -> str:
    found = _card_of_request()
    why, remedy = refused(refusal, CASHIER)
    return render_template(
        "loyalty/terminal/refusal.html",
        kind="wait",
        refusal=refusal,
        why=why,
        remedy=remedy,
        of_target=wording.of_target,
        figures=refusal.figures,
        found=found,
        who=(found and found.customer.first_name) or _("This customer"),
        return_seconds=_RETURN_SECONDS.get(refusal.code, 0),
        next_url=frame.ready_url(),
        retry=_retry(),
        return_url=_together(refusal),
        **(_last_stamp(found) if found and refusal.code == "cooldown" else {}),
    )


@pages.errorhandler(CSRFError)
def show_stale(fault: CSRFError) -> tuple[str, int]:
    """The page was drawn for an earlier session. Nothing was changed."""
    page = render_template(
        "errors/problem.html",
        status=400,
        title=_("This page is too old."),
        detail=_("The counter was locked meanwhile. Nothing was changed."),
        action=(_("Back to the counter"), url_for(".ready")),
    )
    return page, 400


def _card_of_request() -> Found | None:
    number = (request.view_args or {}).get("number")
    try:
        return counter.find(number) if number else None
    except NotFound:
        return None


def _retry() -> dict[str, str]:
    """What the refused form sent, to be sent again by hand when the time has come."""
    return {name: request.form[name][:255] for name in ("key", "quantity") if name in request.form}


def _together(refusal: Refusal) -> str | None:
    """Where a second person can agree to what one's own press may not do any more."""
    if not isinstance(refusal, SecondPersonNeeded) or "transaction_id" not in (
        request.view_args or {}
    ):
        return None
    return url_for(".foresee", transaction_id=(request.view_args or {})["transaction_id"])


def _last_stamp(found: Found) -> dict[str, Any]:
    free = counter.free_at(found)
    return {
        "last": lines.last_of(found.card.id, "stamps_added"),
        "from_time": frame.time_of_day(free, seconds=True) if free else None,
        "time_of_day": frame.time_of_day,
    }
