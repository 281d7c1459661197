"""What the pages beside this file hang on, and what each has around it."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import lazy_gettext as _l

pages = Blueprint("desk", __name__)

_PAGES = (
    (_l("Companies"), "platform.desk.companies"),
    (_l("Jobs"), "platform.desk.jobs"),
)


@pages.context_processor
def _margin() -> dict[str, Any]:
    who = g.get("user")
    return {
        "user_name": who.user.name if who else None,
        "nav": [
            {
                "label": label,
                "href": url_for(endpoint),
                "current": request.path == url_for(endpoint),
            }
            for label, endpoint in _PAGES
        ],
    }
