"""A card's lines in the cashier's words, newest first, page by page."""

from flask import render_template, request

from .....guards import guarded
from ...ledger.explain import CASHIER, say
from . import card, frame, lines
from .blueprint import pages


@pages.get("/cards/<string:number>/history")
@guarded("staff", "serve")
def history(number: str) -> str:
    """One page of lines; `before` is the sequence that the page stops short of."""
    found = card.find(number)
    page = lines.of_card(found.card.id, before=_before())
    shown = page[: lines.HISTORY_LINES]
    return render_template(
        "loyalty/terminal/history.html",
        found=found,
        lines=[(line, [say(step, CASHIER) for step in line.row.steps]) for line in shown],
        older=shown[-1].row.sequence if len(page) > len(shown) else None,
        first_page=_before() is None,
        time_of_day=frame.time_of_day,
        day_of=frame.day_of,
    )


def _before() -> int | None:
    typed = request.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else None
