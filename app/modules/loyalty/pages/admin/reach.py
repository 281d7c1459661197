"""What somebody of the office finds: everything, or as a shop's manager the cards and lines of
that shop. Finding authorises: what is another shop's is not found."""

from flask import g
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import aliased

from .....accounts import vendors
from .....accounts.pages import own_shop
from .....accounts.vendors import Vendor
from .....errors import NotFound
from .....extensions import db
from ... import cards
from ...cards import LoyaltyCard
from ...ledger import LoyaltyTransaction

MANY_LINES = 10_000
_line = LoyaltyTransaction
_any = aliased(LoyaltyTransaction)


def cards_here() -> ColumnElement[bool]:
    """Cards that were made at the manager's shop, or were there at least once.

    Each card is asked by itself, which PostgreSQL does for no EXISTS: it would read all lines of
    the shop first. Newest first, a page of a busy shop is soon full.
    """
    shop = own_shop()
    if shop is None:
        return true()
    line = select(_any.id).where(_any.card_id == LoyaltyCard.id, _any.vendor_id == shop).limit(1)
    return or_(LoyaltyCard.enrolled_vendor_id == shop, line.scalar_subquery().is_not(None))


def listed_here() -> ColumnElement[bool]:
    """The same cards for a list of them: a shop of few lines is asked which cards they are of."""
    shop = own_shop()
    if shop is None or is_busy():
        return cards_here()
    seen = select(_any.card_id).where(_any.vendor_id == shop)
    return or_(LoyaltyCard.enrolled_vendor_id == shop, LoyaltyCard.id.in_(seen))


def is_busy() -> bool:
    """Whether a manager's shop has so many lines that its cards are better not counted."""
    shop = own_shop()
    if shop is None:
        return False
    if "shop_is_busy" not in g:
        some = select(_line.id).where(_line.vendor_id == shop).limit(MANY_LINES).subquery()
        lines = db.session.scalar(select(func.count()).select_from(some)) or 0
        g.shop_is_busy = lines == MANY_LINES
    return bool(g.shop_is_busy)


def lines_here() -> ColumnElement[bool]:
    """Lines that were written at the manager's shop."""
    shop = own_shop()
    return true() if shop is None else _line.vendor_id == shop


def lines_not_elsewhere() -> ColumnElement[bool]:
    """Those, and lines that no shop wrote: what expired, what the office set right."""
    return or_(lines_here(), _line.vendor_id.is_(None))


def card(number: str) -> LoyaltyCard:
    """The card with this number, as typed; raises `NotFound`."""
    found = cards.find(number)
    if own_shop() is not None:
        seen = select(LoyaltyCard.id).where(LoyaltyCard.id == found.id, cards_here())
        if db.session.scalar(seen) is None:
            raise NotFound("There is no card with that number.")
    return found


def shop(slug: str) -> Vendor:
    """The company's shop, a manager's own; raises `NotFound`."""
    found = vendors.find(slug)
    if own_shop() not in (None, found.id):
        raise NotFound("There is no such shop.")
    return found


def own_shop_name() -> str | None:
    """The name of the one shop that a manager sees."""
    shop = own_shop()
    return db.session.scalar(select(Vendor.name).where(Vendor.id == shop)) if shop else None
