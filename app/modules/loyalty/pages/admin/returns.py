"""`/admin/transactions/<id>/return`: taking a line back, seen before it is done."""

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....errors import Invalid
from .....extensions import db
from .....guards import guarded
from ... import returns
from ...ledger import Decision
from ...ledger.explain import words
from ...returns import AlreadyVoided, Foreseen, VoidExceedsOriginal
from .. import amounts, once
from . import lines, receipt_rows, rights
from .blueprint import pages
from .receipts import Receipt

LONGEST_REASON = 200
_SHOWN = {"points-taken-back", "points-given-back", "tier-reached", "tier-lost", "stamps-undone"}
_SHOWN |= {"debt-forgiven", "forgiveness-ended"}


@dataclass(frozen=True, slots=True)
class Effect:
    """What it would do: rows of a receipt, and what the card has before and after."""

    rows: receipt_rows.Pairs
    points: tuple[int, int]
    stamps: tuple[int, int]

    @property
    def shown_points(self) -> str:
        return _moved(self.points)

    @property
    def shown_stamps(self) -> str:
        return _moved(self.stamps)

    @property
    def owed(self) -> int:
        return max(0, -self.points[1])


@pages.get("/transactions/<int:transaction_id>/return")
@guarded("admin", "return")
def return_preview(transaction_id: int) -> str:
    """What taking it back would do; `?amount=` a part of a sale."""
    receipt = _ours(transaction_id)
    typed = request.args.get("amount", "").strip()[: amounts.LONGEST]
    amount, wrong = _amount(typed)
    foreseen = None
    if not wrong:
        try:
            foreseen = returns.foresee(transaction_id, by=g.actor, amount_minor=amount)
        except AlreadyVoided as no:
            wrong = no.sentence
        except VoidExceedsOriginal:
            left = words.money(receipt.left_minor)
            wrong = _("Only %(left)s of it can still be returned.", left=left)
    return _page(receipt, typed=typed, amount=amount, foreseen=foreseen, wrong=wrong)


@pages.post("/transactions/<int:transaction_id>/return")
@guarded("admin", "return")
def return_line(transaction_id: int) -> Response | tuple[str, int]:
    """Take it back, whole or the part that was seen before."""
    receipt = _ours(transaction_id)
    typed = request.form.get("amount", "").strip()[: amounts.LONGEST]
    amount, wrong = _amount(typed)
    if wrong:
        raise Invalid({"amount": wrong})
    reason = " ".join(request.form.get("reason", "").split())
    tried = once.attempt(amount, reason)
    if not 1 <= len(reason) <= LONGEST_REASON:
        foreseen = returns.foresee(transaction_id, by=g.actor, amount_minor=amount)
        unsaid = _("Say why, in at most %(most)s characters.", most=LONGEST_REASON)
        return _page(
            receipt, typed=typed, amount=amount, foreseen=foreseen, reason=reason, unsaid=unsaid
        ), 422
    posted = returns.void(
        transaction_id, by=g.actor, attempt=tried, amount_minor=amount, reason=reason
    )
    db.session.commit()
    flash(_("Done: the new line says what was taken back."), "done")
    return redirect(url_for(".transaction", transaction_id=posted.transaction_id), 303)


def _ours(transaction_id: int) -> Receipt:
    receipt = lines.find(transaction_id)
    rights.must_be_ours(receipt.row.vendor_id)
    return receipt


def _amount(typed: str) -> tuple[int | None, str | None]:
    """`(minor units, what is wrong with them)`; nothing typed means all that is left."""
    if not typed:
        return None, None
    try:
        return amounts.read(typed), None
    except amounts.Unreadable as fault:
        return None, str(fault)


def _page(
    receipt: Receipt,
    *,
    typed: str,
    amount: int | None,
    foreseen: Foreseen | None,
    wrong: str | None = None,
    reason: str = "",
    unsaid: str | None = None,
) -> str:
    returned = amount if amount is not None else receipt.left_minor
    return render_template(
        "loyalty/admin/return.html",
        line=receipt,
        typed=typed,
        returned=words.money(returned),
        left=words.money(receipt.left_minor),
        effect=_effect(foreseen) if foreseen else None,
        wrong=wrong,
        reason=reason,
        unsaid=unsaid,
        key=request.form.get("key") or once.new_key(),
        most=LONGEST_REASON,
    )


def _effect(foreseen: Foreseen) -> Effect:
    card = foreseen.card
    decided: tuple[Decision, ...] = foreseen.decisions
    steps = [step for each in decided for step in each.steps if step["code"] in _SHOWN]
    points = card.points_balance + sum(each.points for each in decided)
    stamps = card.stamps_balance + sum(each.stamps for each in decided)
    return Effect(
        rows=receipt_rows.of(steps),
        points=(card.points_balance, points),
        stamps=(card.stamps_balance, stamps),
    )


def _moved(figures: tuple[int, int]) -> str:
    """`28 → −15`"""
    return " → ".join(words.number(figure) for figure in figures)
