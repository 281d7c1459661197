"""What the pages beside this file hang on, and what each has around it."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ... import reports

pages = Blueprint("desk", __name__)

# A page and what stands below it; the first is at the desk's own address.
_PAGES = (
    (_l("Companies"), "platform.desk.companies", "/platform/companies"),
    (_l("Programmes"), "platform.desk.programs_list", "/platform/programs"),
    (_l("Jobs and health"), "platform.desk.jobs", "/platform/jobs"),
    (_l("Wallets"), "platform.desk.wallets", "/platform/wallet"),
    (_l("Audit trail"), "platform.desk.audit_trail", "/platform/audit"),
    (_l("Operators"), "platform.desk.operators_list", "/platform/operators"),
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
                "current": request.endpoint == endpoint or request.path.startswith(below),
                "count": counts.get(endpoint),
            }
            for label, endpoint, below in _PAGES
        ],
    }
