"""`/admin/cards/<number>/merge`: another card of the same person comes to this one, and may be
taken apart again."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import tenancy
from .....accounts.customers import Customer
from .....errors import Invalid, NotFound, Refusal
from .....extensions import db
from .....guards import guarded
from ... import cards, merging, programs
from ...cards import LoyaltyCard
from ...ledger.checks import CardBlocked
from ...ledger.explain import CASHIER, refused
from .. import once
from .blueprint import pages

Page = str | tuple[str, int]
_LONGEST_TYPED = 40


@pages.get("/cards/<string:number>/merge")
@guarded("admin", "adjust")
def card_merging(number: str) -> Page:
    """Which card: its number in `?other=` shows what merging would make."""
    found = cards.find(number)
    other = request.args.get("other", "").strip()[:_LONGEST_TYPED]
    if not other:
        return _page(found)
    try:
        foreseen = merging.foresee(other, found.number, by=g.actor)
    except _NOT_POSSIBLE as no:
        return _page(found, other=other, errors={"other": _why(no)}), no.status
    return _page(found, other=other, foreseen=foreseen)


@pages.post("/cards/<string:number>/merge")
@guarded("admin", "adjust")
def card_merge(number: str) -> Response | Page:
    """Everything on the other card comes to this one, and the other is closed."""
    found = cards.find(number)
    other, reason = (request.form.get(name, "")[:250] for name in ("other", "reason"))
    tried = once.attempt(other, reason)
    try:
        merging.merge(other, found.number, by=g.actor, reason=reason, attempt=tried)
    except _NOT_POSSIBLE as no:
        db.session.rollback()
        return _page(cards.find(number), other=other, errors={"other": _why(no)}), no.status
    db.session.commit()
    flash(_("Merged: both cards' points and stamps are on this one."), "done")
    return redirect(url_for(".card", number=number), 303)


@pages.post("/cards/<string:number>/merge/undo")
@guarded("admin", "adjust")
def card_unmerge(number: str) -> Response | Page:
    """The other card opens again with what it brought, less what was returned since."""
    found = cards.find(number)
    other, reason = (request.form.get(name, "")[:250] for name in ("other", "reason"))
    tried = once.attempt(other, reason)
    try:
        merging.unmerge(other, found.number, by=g.actor, reason=reason, attempt=tried)
    except (NotFound, Invalid, merging.TooMuch) as no:
        db.session.rollback()
        return _page(cards.find(number), errors={"undo": _why(no)}), no.status
    db.session.commit()
    flash(_("Taken apart: each card has its own again."), "done")
    return redirect(url_for(".card", number=found.number), 303)


_NOT_POSSIBLE = (NotFound, Invalid, CardBlocked, merging.AlreadyMerged, merging.TooMuch)


def _why(no: Refusal) -> str:
    if isinstance(no, Invalid):
        words = {
            "reason": _("Say why, in at most 200 characters on one line."),
            "card": _("This is the card itself: type the other one's number."),
        }
        return " ".join(words.get(field, told) for field, told in no.errors.items())
    return " ".join(refused(no, CASHIER))


def _page(
    found: LoyaltyCard,
    *,
    other: str = "",
    foreseen: merging.Foreseen | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    return render_template(
        "loyalty/admin/merge.html",
        card=found,
        customer=_person(found),
        number=cards.shown(found.number),
        other=other,
        foreseen=foreseen,
        other_person=_person(cards.find(foreseen.source.number)) if foreseen else None,
        merged=[(card, _person(card)) for card in cards.merged_into(found.id)],
        rules=programs.current(),
        errors=errors or {},
        new_key=once.new_key,
        shown=cards.shown,
    )


def _person(card: LoyaltyCard) -> Customer:
    return db.session.get_one(Customer, (tenancy.company_id(), card.customer_id))
