"""`/admin/cards/<number>/adjust`, and `/admin/adjustments`: points set right by hand, much of it
by two people."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..... import tenancy
from .....accounts.customers import Customer
from .....accounts.users import User
from .....errors import Invalid
from .....extensions import db
from .....guards import guarded
from ... import adjustments, cards, programs
from ...adjustments import MOST_WAITING, AdjustmentRequest, AlreadyDecided
from ...cards import LoyaltyCard
from ...ledger.explain import CASHIER, refused
from ...rewards.rules import InsufficientPoints
from .. import once
from .blueprint import pages

_LONGEST_TYPED = 16
Page = str | tuple[str, int]


@pages.get("/cards/<string:number>/adjust")
@guarded("admin", "adjust")
def adjust(number: str) -> str:
    """The form: how many points, which way, and why."""
    return _form(cards.find(number))


@pages.post("/cards/<string:number>/adjust")
@guarded("admin", "adjust")
def adjust_points(number: str) -> Response | Page:
    """Set the points right, or ask a second person to where there are many."""
    found = cards.find(number)
    typed = {name: request.form.get(name, "").strip() for name in ("way", "points", "reason")}
    tried = once.attempt(typed)
    try:
        done = adjustments.adjust_or_ask(
            found.number, _signed(typed), typed["reason"], by=g.actor, attempt=tried
        )
    except Invalid as fault:
        return _form(found, typed, _in_words(fault)), 422
    except InsufficientPoints as no:
        return _form(found, typed, {"points": " ".join(refused(no, CASHIER))}), 409
    db.session.commit()
    if done.transaction_id is None:
        flash(_("Asked: a second person in the office gives or declines it."), "ready")
        return redirect(url_for(".adjustments_waiting"), 303)
    flash(_("Set right. The new line says by whom, and why."), "done")
    return redirect(url_for(".card", number=found.number), 303)


@pages.get("/adjustments")
@guarded("admin", "adjust")
def adjustments_waiting() -> str:
    """What waits for a second person, oldest first."""
    rows = _named([each.id for each in adjustments.waiting()])
    return render_template(
        "loyalty/admin/adjustments.html",
        rows=rows,
        full=len(rows) == MOST_WAITING,
        me=g.user.user.id,
        new_key=once.new_key,
        shown=cards.shown,
    )


@pages.post("/adjustments/<int:request_id>/give")
@guarded("admin", "adjust")
def adjustment_give(request_id: int) -> Response:
    """Give what another one asked for."""
    tried = once.attempt()
    try:
        posted = adjustments.give(request_id, by=g.actor, attempt=tried)
    except AlreadyDecided as no:
        return _decided_already(no)
    except InsufficientPoints as no:
        db.session.rollback()
        flash(" ".join(refused(no, CASHIER)), "stop")
        return redirect(url_for(".adjustments_waiting"), 303)
    db.session.commit()
    flash(_("Given. The new line names you both."), "done")
    return redirect(url_for(".transaction", transaction_id=posted.transaction_id), 303)


@pages.post("/adjustments/<int:request_id>/decline")
@guarded("admin", "adjust")
def adjustment_decline(request_id: int) -> Response:
    """Decline it, or take one's own request back."""
    try:
        adjustments.decline(request_id, by=g.actor)
    except AlreadyDecided as no:
        return _decided_already(no)
    db.session.commit()
    flash(_("Declined: nothing moved."), "done")
    return redirect(url_for(".adjustments_waiting"), 303)


def _decided_already(no: AlreadyDecided) -> Response:
    db.session.rollback()
    given = no.figures.get("state") == "given"
    flash(_("Somebody gave it already.") if given else _("Somebody declined it already."), "plain")
    return redirect(url_for(".adjustments_waiting"), 303)


def _signed(typed: dict[str, str]) -> int:
    """Raises `Invalid` for what is no number of points."""
    text = typed["points"].replace("−", "-")
    digits = text.lstrip("+-")
    if not (digits.isascii() and digits.isdigit() and len(text) <= _LONGEST_TYPED):
        raise Invalid({"points": "whole"})
    if text != digits and typed["way"] == "take":
        raise Invalid({"points": "sign"})
    points = int(text)
    return -points if typed["way"] == "take" else points


def _in_words(fault: Invalid) -> dict[str, str]:
    words = {
        "reason": _("Say why, in at most 200 characters on one line."),
        "points": _("Type a whole number of points from 1 to 1,000,000,000, without a sign."),
    }
    return {field: words.get(field, told) for field, told in fault.errors.items()}


def _form(
    found: LoyaltyCard, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> str:
    return render_template(
        "loyalty/admin/adjust.html",
        card=found,
        customer=db.session.get_one(Customer, (tenancy.company_id(), found.customer_id)),
        number=cards.shown(found.number),
        alone=programs.current().adjustment_alone_points,
        typed=typed or {"way": "give", "points": "", "reason": ""},
        errors=errors or {},
        key=request.form.get("key") or once.new_key(),
    )


def _named(ids: list[int]) -> list[tuple[AdjustmentRequest, LoyaltyCard, Customer, str]]:
    """Requests with the card, the person and who asked."""
    query = (
        select(AdjustmentRequest, LoyaltyCard, Customer, User.name)
        .join(LoyaltyCard, LoyaltyCard.id == AdjustmentRequest.card_id)
        .join(Customer, Customer.id == LoyaltyCard.customer_id)
        .join(User, User.id == AdjustmentRequest.asked_by)
        .where(AdjustmentRequest.id.in_(ids))
        .order_by(AdjustmentRequest.id)
    )
    return [(asked, card, who, name) for asked, card, who, name in db.session.execute(query)]
