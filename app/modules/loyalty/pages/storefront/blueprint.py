"""What the pages beside this file hang on, and what all of them say."""

from typing import Any

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from ..... import web
from .....errors import Refusal
from .....extensions import db
from ...branding import pictures
from ...ledger import explain

pages = Blueprint("loyalty", __name__)


def at(endpoint: str, **values: Any) -> str:
    """The address of one of these pages, at the company's own prefix."""
    return url_for(f"storefront.loyalty.{endpoint}", slug=g.company.slug, **values)


@pages.context_processor
def _addresses() -> dict[str, Any]:
    if "company" not in g:  # nobody acts: what is asked for belongs to no company
        return {}
    logo = pictures.page_logo(g.company.slug)
    return {"at": at, "home_url": at("sign_in"), "logo": logo}


@pages.errorhandler(Refusal)
def refuse(refusal: Refusal) -> Response:
    """A "no" in the customer's words, with what would make it a yes."""
    db.session.rollback()
    told = " ".join(explain.refused(refusal, explain.CUSTOMER)).strip()
    return web.problem(refusal.status, refusal.title, told, code=refusal.code, **refusal.figures)


@pages.after_request
def keep_secret(response: Response) -> Response:
    """Where the address opens a card, whatever is answered: no site and no search engine
    learns it."""
    if "secret" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
