"""Finding a card: by its code or number, by its link, or by the person's e-mail or phone."""

from flask import g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..... import text
from .....accounts import terminals
from .....accounts.customers import Customer
from .....errors import Invalid, NotFound, RateLimited
from .....extensions import db
from .....guards import guarded
from ... import cards
from ...cards import CLOSED, LoyaltyCard
from ...ledger import explain
from ...wallet import codes
from . import frame, ready
from .blueprint import pages

LONGEST = 300


@pages.post("/find")
@guarded("staff", "serve")
def find() -> Response | tuple[str, int]:
    """On to the card; or the field again, as typed, where there is none. Misses are counted."""
    typed = request.form.get("card", "").strip()[:LONGEST]
    try:
        terminals.begin_look_up(g.terminal)
    except RateLimited as refusal:
        db.session.rollback()
        return ready.show(typed=typed, error=_limited(refusal)), refusal.status
    try:
        card, by_code = look_up(typed)
    except (codes.CodeExpired, codes.CodeUsed) as refusal:
        # No miss: there is such a card, and somebody showed it. Unless the digits are made up.
        if isinstance(refusal, codes.CodeExpired) and refusal.made_up:
            terminals.count_miss(g.terminal)
        db.session.commit()
        return ready.show(error=" ".join(explain.refused(refusal, explain.CASHIER))), refusal.status
    if card is None:
        terminals.count_miss(g.terminal)
        db.session.commit()
        error, contact = _missed(typed)
        return ready.show(typed=typed, error=error, offer=contact), NotFound.status
    number = card.number
    db.session.commit()  # a rotating code is used up
    frame.note_found(number, by_code=by_code)
    return redirect(url_for(".card", number=number), 303)


def look_up(typed: str) -> tuple[LoyaltyCard | None, bool]:
    """`(card, whether the card itself was there)`. A name finds nobody at the counter.

    The card's link finds it and does not stand for it: a link does not age as a code does, and so
    neither does a picture of one. Raises `CodeExpired`, `CodeUsed`.
    """
    if not typed or text.has_controls(typed):
        return None, False
    try:
        if codes.is_code(typed):
            return codes.use(typed), True
        if "/cards/" in typed:
            return cards.by_secret(_secret_in(typed)), False
        return cards.find(typed), True
    except NotFound:
        return _by_contact(typed), False


def is_contact(typed: str) -> bool:
    """Whether this reads as an e-mail address or a phone number."""
    return "@" in typed or (sum(c.isdigit() for c in typed) >= 5 and not _letters(typed))


def _secret_in(link: str) -> str:
    return link.partition("/cards/")[2].partition("/")[0].partition("?")[0]


def _by_contact(typed: str) -> LoyaltyCard | None:
    try:
        same = (
            Customer.email == text.email(typed)
            if "@" in typed
            else Customer.phone == text.phone(typed, g.company.country)
        )
    except Invalid:
        return None
    query = select(LoyaltyCard).join(Customer, Customer.id == LoyaltyCard.customer_id)
    return db.session.scalar(query.where(same, LoyaltyCard.status != CLOSED))


def _letters(typed: str) -> bool:
    return any(c.isalpha() for c in typed)


def _missed(typed: str) -> tuple[str, bool]:
    """Why nothing was found, and whether it could be a new customer's contact."""
    if codes.is_code(typed):
        return _("No card here shows that code. Scan it again, or try the phone or e-mail."), False
    if is_contact(typed):
        return _("Nobody here has that %(kind)s.", kind=_kind(typed)), True
    return _("No card has that number. Scan it again, or try the phone or e-mail."), False


def _kind(typed: str) -> str:
    return _("e-mail") if "@" in typed else _("phone number")


def _limited(refusal: RateLimited) -> str:
    wait = refusal.figures["retry_after_seconds"]
    return _(
        "Too many look-ups found nothing. Try again in %(minutes)s min %(seconds)s s.",
        minutes=wait // 60,
        seconds=f"{wait % 60:02d}",
    )
