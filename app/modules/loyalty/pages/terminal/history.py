"""A card's lines in the cashier's words, newest first, page by page."""

from flask import render_template

from .....guards import guarded
from ...ledger.explain import CASHIER, say
from . import found, frame, lines, wording
from .blueprint import pages


@pages.get("/cards/<string:number>/history")
@guarded("staff", "serve")
def history(number: str) -> str:
    """One page of lines; `before` is the sequence that the page stops short of."""
    here = found.find(number)
    page = lines.of_card(here.card.id, before=lines.before())
    shown = page[: lines.HISTORY_LINES]
    return render_template(
        "loyalty/terminal/history.html",
        found=here,
        lines=[(line, [say(step, CASHIER) for step in line.row.steps]) for line in shown],
        older=shown[-1].row.sequence if len(page) > len(shown) else None,
        first_page=lines.before() is None,
        stamps=wording.of_target(here.card.stamps_balance, here.rules),
        time_of_day=frame.time_of_day,
        day_of=frame.day_of,
    )
