"""Pausing the programme, and starting it again."""

from datetime import date

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ......extensions import db
from ......guards import guarded
from .... import programs
from ..blueprint import pages
from .drafting import standing
from .editor import editor


@pages.post("/program/switch")
@guarded("admin", "program")
def program_switch() -> Response | tuple[str, int]:
    """Pause or start; the day the programme first ran stays as it is."""
    active = request.form.get("active") == "1"
    typed = request.form.get("redeemable_until", "").strip()
    try:
        until = date.fromisoformat(typed) if typed and not active else None
    except ValueError:
        expected = _("got %(typed)r, expected a day such as 2027-01-31", typed=typed[:20])
        there = standing()
        more = {"redeemable_until": typed[:20]}
        wrong = {"redeemable_until": expected}
        return editor(there, there.draft(), more=more, errors=wrong), 422
    programs.switch(active=active, redeemable_until=until, by=g.user.user.id)
    db.session.commit()
    flash(_("The programme runs.") if active else _("The programme is paused."), "done")
    return redirect(url_for("admin.loyalty.program", _anchor="running"), 303)
