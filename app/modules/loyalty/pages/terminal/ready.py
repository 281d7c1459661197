"""Ready: one field for whatever is scanned or typed, and this shift beside it."""

from flask import g, render_template

from ..... import clock
from .....guards import guarded
from ... import programs
from ...ledger.explain import words
from .. import once
from . import frame, lines, shift
from .blueprint import pages


@pages.get("/")
@guarded("staff", "serve")
def ready() -> str:
    """The screen between two customers."""
    return show()


def show(*, typed: str = "", error: str | None = None, offer: bool = False) -> str:
    """The page; with what was typed and why it found nothing, and the offer to enrol it."""
    today = clock.business_day(clock.now(), frame.vendor().timezone)
    feed = lines.of_terminal(g.terminal.id, today)
    return render_template(
        "loyalty/terminal/ready.html",
        feed=[(line, line.undoable_by(g.actor)) for line in feed],
        shift=shift.of_terminal(g.terminal.id, today),
        rules=programs.current(),
        number=words.number,
        typed=typed,
        error=error,
        offer=offer,
        time_of_day=frame.time_of_day,
        new_key=once.new_key,
    )
