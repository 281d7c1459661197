"""Every line of a card, page by page."""

from flask import render_template, request

from .....guards import guarded
from . import story
from .blueprint import at, pages
from .card import open_card
from .shown import shown

LINES = 30


@pages.get("/cards/<string:secret>/history")
@guarded("storefront", "card")
def history(secret: str) -> str:
    """One page of lines; `before` is the sequence that the page stops short of."""
    found = open_card(secret)
    told = story.of_card(found.id, before=_before(), limit=LINES + 1)
    lines, more = told[:LINES], len(told) > LINES
    return render_template(
        "loyalty/storefront/history.html",
        shown=shown(found),
        secret=secret,
        lines=lines,
        older=at("history", secret=secret, before=lines[-1].sequence) if more else None,
        newest=None if _before() is None else at("history", secret=secret),
    )


def _before() -> int | None:
    typed = request.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else None
