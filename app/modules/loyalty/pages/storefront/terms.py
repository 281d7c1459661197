"""The programme's terms, as the company wrote them."""

from flask import render_template

from .....guards import guarded
from ... import programs
from .blueprint import pages


@pages.get("/terms")
@guarded("storefront", "enrol")
def terms() -> str:
    """Plain text in paragraphs, and where to read about privacy."""
    rules = programs.current()
    paragraphs = [part.strip() for part in rules.terms_text.split("\n\n") if part.strip()]
    return render_template("loyalty/storefront/terms.html", rules=rules, paragraphs=paragraphs)
