"""`brand.css`: the company's colour, as the custom properties that every surface uses."""

import hashlib
from functools import lru_cache

from flask import g, make_response, request, url_for
from werkzeug.wrappers import Response

from .....guards import guarded
from ... import programs
from ...programs.brand import Brand, brand
from .blueprint import pages


@pages.get("/brand.css")
@guarded("storefront", "look")
def brand_css() -> Response:
    """Public, and kept for a minute: a new colour is soon seen, and at once where the page asks
    for it by `address`."""
    colour = programs.current().card_color
    css = style_sheet(brand(colour))
    response = make_response(css)
    response.mimetype = "text/css"
    response.set_etag(version(colour))
    response.headers["Cache-Control"] = "public, max-age=60"
    return response.make_conditional(request)


def address(colour: str) -> str:
    """Where the sheet of this colour, the acting company's, is had: another one is elsewhere."""
    where = {"slug": g.company.slug, "v": version(colour)}
    return url_for("storefront.loyalty.brand_css", **where)


@lru_cache(maxsize=1_024)
def version(colour: str) -> str:
    """What names the sheet by its content: twenty hex digits."""
    return hashlib.sha256(style_sheet(brand(colour)).encode()).hexdigest()[:20]


def style_sheet(look: Brand) -> str:
    """In the layer of `tokens.css`, after it, so that these win over its defaults."""
    return (
        "@layer tokens {\n"
        f":root {{ --company: {look.company}; --on-company: {look.on_company};"
        f" --company-pale: {look.company_pale}; --on-company-pale: {look.on_company_pale};"
        f" --company-line: {look.line_on_light}; }}\n"
        "@media (prefers-color-scheme: dark) {"
        f" :root {{ --company-line: {look.line_on_dark}; }} }}\n"
        "}\n"
    )
