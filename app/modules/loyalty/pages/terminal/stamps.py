"""The verbs at the counter: stamp, redeem, take back. Each ends on its verdict."""

from flask import g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import idempotency
from .....errors import Invalid, Refusal
from .....extensions import db
from .....guards import guarded
from ... import accrual, cards, returns, rewards
from ...ledger import Posted
from . import frame
from .blueprint import pages


class CardNeeded(Refusal):
    """The person was looked up; to take something from a card, the card itself must be there."""

    code = "card-needed"
    status = 403
    title = "The card is needed"


@pages.post("/cards/<string:number>/stamps")
@guarded("staff", "serve")
def stamp(number: str) -> Response:
    """Give stamps."""
    quantity = _quantity()
    tried = frame.attempt(quantity)
    posted = accrual.add_stamps(number, quantity, by=g.actor, attempt=tried)
    return _on_to_verdict(posted)


@pages.post("/cards/<string:number>/redemptions")
@guarded("staff", "serve")
def redeem(number: str) -> Response:
    """Give the stamp reward. A second submit of the same form finds the first one's answer."""
    tried = frame.attempt()
    shown = frame.was_found_by_code(cards.find(number).number)
    if not shown and not idempotency.found(g.actor.caller, tried):
        raise CardNeeded(_("Scan the card, or type its number, to give the reward."))
    return _on_to_verdict(rewards.redeem_stamps(number, by=g.actor, attempt=tried))


@pages.post("/transactions/<int:transaction_id>/undo")
@guarded("staff", "serve")
def undo(transaction_id: int) -> Response:
    """Take one's own line back, while it is fresh."""
    posted = returns.void(transaction_id, by=g.actor, attempt=frame.attempt())
    return _on_to_verdict(posted)


def _on_to_verdict(posted: Posted) -> Response:
    db.session.commit()
    return redirect(url_for(".verdict", transaction_id=posted.transaction_id), 303)


def _quantity() -> int:
    typed = request.form.get("quantity", "1").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        raise Invalid({"quantity": f"got {typed[:20]!r}, expected a whole number of stamps"})
    return int(typed)
