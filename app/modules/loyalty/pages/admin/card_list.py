"""`/admin/cards`: the cards that a filter finds, newest first, as pages and as a table."""

from typing import Any

from flask import Response, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from .....accounts import vendors
from .....accounts.customers import Customer
from .....extensions import db
from .....guards import guarded
from ... import cards, programs
from ...cards import BLOCKED, LoyaltyCard
from ...ledger.explain import words
from ...programs import Rules
from . import paging, reach, tables
from .blueprint import pages
from .card_filter import COUNTED_AT_MOST, OWING, READY, Filter, narrowed, number_of
from .tables import Cells, safe

A_PAGE = 50
Row = tuple[LoyaltyCard, Customer]
_HEAD = (
    "card",
    "status",
    "first_name",
    "last_name",
    "email",
    "phone",
    "points",
    "stamps",
    "lifetime_points",
    "tier",
    "joined_at",
    "joined_shop",
    "last_seen_at",
)


@pages.get("/cards")
@guarded("admin", "cards")
def cards_list() -> str:
    """A page of the cards that the filter finds; `?before=` and `?after=` an id."""
    asked, rules = Filter.asked(), programs.current()
    shops = vendors.every()
    return render_template(
        "loyalty/admin/cards.html",
        asked=asked,
        page=paging.Page([]) if asked.wrong else _page(asked, rules),
        number=0 if asked.wrong else number_of(asked, rules),
        most=COUNTED_AT_MOST,
        rules=rules,
        statuses=[("", _("Any")), ("active", _("in use")), (BLOCKED, _("blocked"))],
        shop_choices=[("", _("All shops")), *((shop.slug, shop.name) for shop in shops)],
        tiers=_tiers(rules),
        balances=[("", _("Any")), (READY, _("enough for a reward")), (OWING, _("owes"))],
        shops={shop.id: shop.name for shop in shops},
        held_to=reach.own_shop_name(),
        shown=cards.shown,
        figure=words.number,
        blocked=BLOCKED,
    )


@pages.get("/cards.csv")
@guarded("admin", "cards")
def cards_csv() -> Response:
    """Every card that the filter finds, newest first, with its person."""
    asked, rules = Filter.asked(), programs.current()
    query = None if asked.wrong else narrowed(_rows(), asked, rules)
    shops = {shop.id: shop.name for shop in vendors.every()}
    return tables.streamed(
        "cards", _HEAD, query, LoyaltyCard.id, lambda row: _cells(row, rules, shops)
    )


def _page(asked: Filter, rules: Rules) -> paging.Page[Row]:
    query = select(LoyaltyCard, Customer).join(Customer, Customer.id == LoyaltyCard.customer_id)
    return paging.page_of(
        narrowed(query, asked, rules),
        LoyaltyCard.id,
        A_PAGE,
        read=lambda query: [(card, customer) for card, customer in db.session.execute(query)],
        key_of=lambda row: row[0].id,
    )


def _tiers(rules: Rules) -> list[tuple[str, str]]:
    """What to choose from; nothing where points make no tiers."""
    if not rules.points or not rules.tiers:
        return []
    return [("", _("Any")), *((str(tier.min_lifetime_points), tier.name) for tier in rules.tiers)]


def _rows() -> Any:
    card = LoyaltyCard
    person = (Customer.first_name, Customer.last_name, Customer.email, Customer.phone)
    balances = (card.points_balance, card.stamps_balance, card.lifetime_points, card.laid_aside)
    return select(
        card.id,
        card.number,
        card.status,
        *person,
        *balances,
        card.created_at,
        card.enrolled_vendor_id,
        card.last_activity_at,
    ).join(Customer, Customer.id == card.customer_id)


def _cells(row: Any, rules: Rules, shops: dict[int, str]) -> Cells:
    tier = rules.tier_at(max(0, row.lifetime_points - row.laid_aside)) if rules.points else None
    return (
        row.number,
        row.status,
        safe(row.first_name),
        safe(row.last_name),
        safe(row.email),
        safe(row.phone),
        row.points_balance,
        row.stamps_balance,
        row.lifetime_points,
        safe(tier.name if tier else None),
        tables.moment(row.created_at),
        safe(shops.get(row.enrolled_vendor_id or 0)),
        tables.moment(row.last_activity_at),
    )
