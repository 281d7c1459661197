"""Returns at the counter: pick the line, see what it takes back, then take it back."""

from typing import Any

from flask import g, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import clock, idempotency
from .....errors import Refusal
from .....extensions import db
from .....guards import guarded
from ... import programs, returns
from ...ledger.explain import CASHIER, refused
from ...returns import Foreseen, SecondPersonNeeded
from .. import amounts, once
from ..amounts import Unreadable
from . import approval, card, foresight, found, frame, lines
from .blueprint import pages


@pages.get("/cards/<string:number>/returns")
@guarded("staff", "serve")
def pick(number: str) -> str:
    """The card's lines that something can still be taken back of, newest first."""
    here = found.find(number)
    page, older = lines.returnable(here.card.id, before=lines.before())
    return render_template(
        "loyalty/terminal/returns.html",
        found=here,
        lines=page,
        older=older,
        first_page=lines.before() is None,
        time_of_day=frame.time_of_day,
        day_of=frame.day_of,
        money=amounts.money,
    )


@pages.get("/transactions/<int:transaction_id>/return")
@guarded("staff", "serve")
def foresee(transaction_id: int) -> str:
    """What taking back all that is left would do."""
    foreseen = returns.foresee(transaction_id, by=g.actor)
    return _page(foreseen, two=_takes_two(foreseen))


@pages.get("/transactions/<int:transaction_id>/return/preview")
@guarded("staff", "serve")
def foresee_part(transaction_id: int) -> dict[str, Any]:
    """The same for the amount that is being typed, as the keypad's script reads it."""
    returns.line_facts(transaction_id)  # another company's line is not there, whatever was typed
    try:
        amount = amounts.read(_typed(request.args))
        foreseen = returns.foresee(transaction_id, by=g.actor, amount_minor=amount)
    except Unreadable as wrong:
        return {"gives": "", "why": str(wrong), "button": None, "ok": False}
    except Refusal as no:
        return {"gives": "", "why": foresight.fault(no), "button": None, "ok": False}
    return foresight.as_answer(foreseen)


@pages.post("/transactions/<int:transaction_id>/return")
@guarded("staff", "serve")
def take_back(transaction_id: int) -> Response | tuple[str, int]:
    """Take it back, if this is what was seen; else show what it would take back."""
    typed, key = _typed(request.form), request.form.get("key", "")
    try:
        amount = amounts.read(typed) if typed else None
        foreseen = None
        tried = once.attempt(amount)
        if not idempotency.found(g.actor.caller, tried):
            foreseen = returns.foresee(transaction_id, by=g.actor, amount_minor=amount)
    except (Unreadable, returns.VoidExceedsOriginal) as wrong:
        db.session.rollback()
        foreseen = returns.foresee(transaction_id, by=g.actor)
        page = _page(foreseen, typed=typed, error=_fault(wrong), two=_takes_two(foreseen), key=key)
        return page, 422
    if foreseen and request.form.get("seen") != foresight.seen(foreseen):
        return _page(foreseen, two=_takes_two(foreseen), key=key), 200
    db.session.rollback()  # what was only read leaves the way free for the writer
    return approval.carried_out(
        lambda approver: returns.void(
            transaction_id, by=g.actor, attempt=tried, amount_minor=amount, approver=approver
        ),
        doing=foresight.button(foreseen) if foreseen else _("Take it back"),
        managers=True,
    )


def _page(
    foreseen: Foreseen,
    *,
    two: bool,
    typed: str | None = None,
    error: str | None = None,
    key: str | None = None,
) -> str:
    line = lines.find(foreseen.original.id)
    sale = foreseen.original.type == "points_earned" and bool(foreseen.original.amount_minor)
    amount = amounts.shown(foresight.amount(foreseen)) if sale else ""
    return render_template(
        "loyalty/terminal/return.html",
        line=line,
        till=card.till(amount if typed is None else typed, error=error) if sale else None,
        answer=foresight.as_answer(foreseen),
        two=two,
        key=key or once.new_key(),
        when=f"{frame.day_of(line.row.occurred_at)}, {frame.time_of_day(line.row.occurred_at)}",
    )


def _takes_two(foreseen: Foreseen) -> bool:
    """Whether a second person will be asked; raises `TooLate` where none would help."""
    role = g.counter.member.role
    try:
        returns.must_be_allowed(
            foreseen.original, programs.current(), by=g.actor, now=clock.now(), role=role
        )
    except SecondPersonNeeded:
        return True
    return False


def _fault(wrong: Exception) -> str:
    return refused(wrong, CASHIER).why if isinstance(wrong, Refusal) else str(wrong)


def _typed(values: Any) -> str:
    return str(values.get("amount", "")).strip()[: amounts.LONGEST]
