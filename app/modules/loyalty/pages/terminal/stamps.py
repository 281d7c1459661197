"""Stamps given by hand, and one's own fresh line taken back with one press."""

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from .....errors import Invalid
from .....extensions import db
from .....guards import guarded
from ... import accrual, returns
from ...ledger import Posted
from .. import once
from .blueprint import pages


@pages.post("/cards/<string:number>/stamps")
@guarded("staff", "serve")
def stamp(number: str) -> Response:
    """Give stamps."""
    quantity = _quantity()
    tried = once.attempt(quantity)
    posted = accrual.add_stamps(number, quantity, by=g.actor, attempt=tried)
    return _on_to_verdict(posted)


@pages.post("/transactions/<int:transaction_id>/undo")
@guarded("staff", "serve")
def undo(transaction_id: int) -> Response:
    """Take one's own line back, while it is fresh."""
    posted = returns.void(transaction_id, by=g.actor, attempt=once.attempt())
    return _on_to_verdict(posted)


def _on_to_verdict(posted: Posted) -> Response:
    db.session.commit()
    return redirect(url_for(".verdict", transaction_id=posted.transaction_id), 303)


def _quantity() -> int:
    typed = request.form.get("quantity", "1").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        raise Invalid({"quantity": f"got {typed[:20]!r}, expected a whole number of stamps"})
    return int(typed)
