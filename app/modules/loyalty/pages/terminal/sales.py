"""A sale at the counter: what its amount would give while it is typed, and giving it."""

from typing import Any

from flask import g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....errors import Invalid, Refusal
from .....extensions import db
from .....guards import guarded
from ... import accrual, cards, programs
from ...ledger import Decision
from ...ledger.explain import CASHIER, refused, say, summary, words
from .. import amounts, once
from ..amounts import Unreadable
from . import card
from .blueprint import pages

# Why a sale gives nothing, or no stamp: said whole, beside or instead of the sum.
_WHY_NOT = ("below-minimum", "rounds-to-nothing", "empty-sale", "no-stamp")


@pages.get("/cards/<string:number>/preview")
@guarded("staff", "serve")
def preview(number: str) -> dict[str, Any]:
    """What the amount would give now: `gives` with its figures between asterisks, `why`, the
    button's words, and whether it can be pressed (`ok`)."""
    cards.find(number)  # whatever was typed: of a card that is not the company's there is nothing
    try:
        amount = amounts.read(_typed(request.args))
        decision, _card = accrual.preview(
            number, amount, by=g.actor, category=_category(request.args)
        )
    except Unreadable as wrong:
        return {"gives": "", "why": str(wrong), "button": None, "ok": False}
    except Refusal as no:
        return {"gives": "", "why": _fault(no), "button": None, "ok": False}
    return {
        "gives": _gives(decision),
        "why": why(decision),
        "button": _button(decision),
        "ok": True,
    }


@pages.post("/cards/<string:number>/sales")
@guarded("staff", "serve")
def sell(number: str) -> Response | tuple[str, int]:
    """Give the points of a sale; the card again, as typed, where the amount cannot be used."""
    typed, category = _typed(request.form), _category(request.form)
    try:
        amount = amounts.read(typed)
        tried = once.attempt(amount, category)
        posted = accrual.earn(number, amount, by=g.actor, attempt=tried, category=category)
    except (Unreadable, Invalid) as wrong:
        db.session.rollback()
        error = str(wrong) if isinstance(wrong, Unreadable) else _fault(wrong)
        page = card.show(number, typed=typed, category=category or "", error=error)
        return page, Invalid.status
    db.session.commit()
    return redirect(url_for(".verdict", transaction_id=posted.transaction_id), 303)


def why(decision: Decision) -> str:
    """`12.50 × 1.25 gold, rounded down once`, or why there is nothing."""
    said = [say(step, CASHIER) for step in decision.steps if step["code"] in _WHY_NOT]
    return " · ".join([summary(decision.steps, CASHIER), *said] if decision.points else said)


def _gives(decision: Decision) -> str:
    points, stamps = words.points(decision.points), words.stamps(decision.stamps)
    if decision.points and decision.stamps:
        return _("gives *%(points)s* and *%(stamps)s*", points=points, stamps=stamps)
    if decision.points or decision.stamps:
        return _("gives *%(what)s*", what=points if decision.points else stamps)
    return _("gives *no points*")


def _button(decision: Decision) -> str:
    points, stamps = words.points(decision.points), words.stamps(decision.stamps)
    if decision.points and decision.stamps:
        return _("Give %(points)s and %(stamps)s", points=points, stamps=stamps)
    if decision.points or decision.stamps:
        return _("Give %(what)s", what=points if decision.points else stamps)
    return _("Note the sale: no points")


def _fault(no: Refusal) -> str:
    """A refusal beside the amount: the field's own sentence, or the cashier's."""
    if not isinstance(no, Invalid):
        return refused(no, CASHIER).why
    if "category" in no.errors:
        return _("This programme has no such category.")
    return _("That gives more points than one sale can.")


def _typed(values: Any) -> str:
    return str(values.get("amount", "")).strip()[: amounts.LONGEST]


def _category(values: Any) -> str | None:
    """The category of the whole sale; only a programme that has some asks for one."""
    chosen = str(values.get("category", ""))[:80]
    return chosen if chosen and programs.current().categories else None
