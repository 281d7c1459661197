"""Which cards are asked for."""

from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, false, func, or_, select

from ..... import ids
from .....accounts.pages import own_shop
from .....accounts.vendors import Vendor
from .....extensions import db
from ... import cards, reports
from ...cards import ACTIVE, BLOCKED, CLOSED, LoyaltyCard
from ...programs import Rules
from . import filters, reach

COUNTED_AT_MOST = 1_000
STATUSES = (ACTIVE, BLOCKED)
READY, OWING = "ready", "owing"
_DAYS = ("seen_since", "not_since", "joined_from", "joined_to")
_Cards = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Filter(filters.Typed):
    """What is asked in the URL; what cannot be read is in `wrong` and finds nothing. `tier` is
    the lifetime points at which it begins."""

    q: str = ""
    status: str = ""
    shop: str = ""
    tier: str = ""
    balance: str = ""
    seen_since: str = ""
    not_since: str = ""
    joined_from: str = ""
    joined_to: str = ""

    @property
    def wrong(self) -> dict[str, str]:
        """By field, what cannot be looked for."""
        return {
            name: _("Type a day such as 2026-11-22.")
            for name in _DAYS
            if getattr(self, name) and filters.day(getattr(self, name)) is None
        }


def narrowed(query: _Cards, asked: Filter, rules: Rules) -> _Cards:
    """The query of cards: open ones, held to the filter, and for a manager to their shop."""
    query = query.where(LoyaltyCard.status != CLOSED, *_found_here(asked.q))
    if asked.status:
        query = query.where(LoyaltyCard.status == asked.status)
    if asked.shop:
        here = select(Vendor.id).where(Vendor.slug == asked.shop).scalar_subquery()
        query = query.where(LoyaltyCard.enrolled_vendor_id == here)
    if asked.tier:
        query = query.where(*_of_tier(asked.tier, rules))
    if asked.balance:
        query = query.where(_has_balance(asked.balance, rules))
    return _by_day(query, asked)


def number_of(asked: Filter, rules: Rules) -> int | None:
    """How many cards the filter finds; counting stops at `COUNTED_AT_MOST` and one more. None
    where it is not worth what it costs."""
    if reach.is_busy():
        return None
    found = narrowed(select(LoyaltyCard.id), asked, rules).limit(COUNTED_AT_MOST + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def _found_here(words: str) -> tuple[ColumnElement[bool], ...]:
    here = reach.listed_here()
    if not words:
        return (here,)
    found = cards.found_by(words, country=g.company.country)
    if own_shop() is None:
        return (found,)
    # In this order: else PostgreSQL may ask each card of the company whether it was here.
    return (case((found, here), else_=false()),)


def _of_tier(begins: str, rules: Rules) -> tuple[ColumnElement[bool], ...]:
    starts = sorted(tier.min_lifetime_points for tier in rules.tiers)
    start = ids.told(begins) or 0
    if start not in starts:
        return (false(),)
    # The lowest tier takes everybody below the next one in.
    points = LoyaltyCard.lifetime_points - LoyaltyCard.laid_aside
    ends = [points < later for later in starts if later > start][:1]
    return (points >= start, *ends) if start else tuple(ends)


def _has_balance(asked: str, rules: Rules) -> ColumnElement[bool]:
    if asked == READY:
        return or_(false(), *_ready(rules))
    if asked == OWING:
        return or_(LoyaltyCard.points_balance < 0, LoyaltyCard.stamps_balance < 0)
    return false()


def _ready(rules: Rules) -> list[ColumnElement[bool]]:
    """The ways in which something can be had now, at one shop or another."""
    ways = [LoyaltyCard.stamps_balance >= rules.stamps_target] if rules.stamps else []
    if rules.points:
        least = rules.minimum_redemption_points
        prices = [reward.points for reward in reports.priced_rewards() if reward.points >= least]
        ways += [LoyaltyCard.points_balance >= price for price in prices[:1]]
    return ways


def _by_day(query: _Cards, asked: Filter) -> _Cards:
    """Days of the company's own clock; the last day counts whole."""
    seen, made = LoyaltyCard.last_activity_at, LoyaltyCard.created_at
    if since := filters.day(asked.seen_since):
        query = query.where(seen >= filters.midnight(since))
    if since := filters.day(asked.not_since):
        query = query.where(or_(seen.is_(None), seen < filters.midnight(since)))
    if first := filters.day(asked.joined_from):
        query = query.where(made >= filters.midnight(first))
        if filters.keys_tell_time():
            query = query.where(LoyaltyCard.id >= ids.first_at(filters.midnight(first, -1)))
    if last := filters.day(asked.joined_to):
        query = query.where(made < filters.midnight(last, 1))
    return query
