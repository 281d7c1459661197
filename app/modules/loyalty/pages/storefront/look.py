"""`brand.css`: the company's colour, as the custom properties that every surface uses."""

import hashlib

from flask import make_response, request
from werkzeug.wrappers import Response

from .....guards import guarded
from ... import programs
from ...programs.brand import Brand, brand
from .blueprint import pages


@pages.get("/brand.css")
@guarded("storefront", "look")
def brand_css() -> Response:
    """Public, and kept for a minute: a new colour is soon seen."""
    css = style_sheet(brand(programs.current().card_color))
    response = make_response(css)
    response.mimetype = "text/css"
    response.set_etag(hashlib.sha256(css.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = "public, max-age=60"
    return response.make_conditional(request)


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
