"""What the pages beside this file hang on, and what each has around it."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ... import reports

pages = Blueprint("desk", __name__)

_PAGES = (
    (_l("Companies"), "platform.desk.companies"),
    (_l("Jobs"), "platform.desk.jobs"),
    (_l("Audit trail"), "platform.desk.audit_trail"),
)


@pages.context_processor
def _margin() -> dict[str, Any]:
    who = g.get("user")
    if who is None:
        return {}
    late = reports.late_events()
    counts = {"platform.desk.jobs": _("%(num)s late", num=late)} if late else {}
    return {
        "user_name": who.user.name,
        "nav": [
            {
                "label": label,
                "href": url_for(endpoint),
                "current": request.path == url_for(endpoint),
                "count": counts.get(endpoint),
            }
            for label, endpoint in _PAGES
        ],
    }
