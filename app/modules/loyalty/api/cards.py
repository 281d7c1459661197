"""`/cards`: enrolling, finding, blocking."""

import dataclasses
from typing import Annotated, Any, Literal

from flask import g
from pydantic import AfterValidator, Field
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from .... import text
from ....accounts import companies, vendors
from ....accounts.customers import Customer, Person
from ....api import Answer, Body, Page, Paging, Slug, api, page
from ....api.fields import Day, one_line
from ....errors import Invalid, NotFound
from .. import cards, enrolment, expiry, programs
from ..cards import CLOSED, LoyaltyCard
from ..enrolment import EnrolmentClosed
from ..ledger.checks import rewards_ready
from ..programs import Rules
from ..programs.expiry import NEVER
from .answers import Card

Name = Annotated[str, Field(max_length=text.LONGEST_NAME), AfterValidator(one_line)]
Phone = Annotated[str, Field(max_length=40)]
Email = Annotated[str, Field(max_length=254)]


class NewCard(Body):
    """A person, known by an e-mail address or a phone number at least."""

    email: Annotated[Email | None, Field(examples=["camille@example.org"])] = None
    phone: Annotated[Phone | None, Field(examples=["+352 621 123 456"])] = None
    first_name: Annotated[Name | None, Field(examples=["Camille"])] = None
    last_name: Annotated[Name | None, Field(examples=["Reuter"])] = None
    birthday: Day | None = None
    locale: Annotated[str | None, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")] = None
    vendor: Slug | None = None
    terms_accepted: Literal[True]


class CardFilter(Paging):
    email: Email | None = None
    phone: Phone | None = None


@api.post("/cards", body=NewCard, answers=Card, status=201, also=(200,), refuses=(EnrolmentClosed,))
def create(asked: NewCard) -> Answer:
    """Enrol a customer: 201 with a new card, or 200 with the card the same person has."""
    vendor = vendors.by_slug(asked.vendor) if asked.vendor else None
    if asked.vendor and vendor is None:
        raise Invalid({"vendor": f"got {asked.vendor!r}, expected the slug of a shop"})
    told = asked.model_dump(exclude={"vendor", "terms_accepted"})
    person = Person.checked(country=companies.acting().country, **told)
    by = dataclasses.replace(g.actor, vendor_id=vendor.id) if vendor else g.actor
    joined = enrolment.join(person, vendor_id=by.vendor_id, by=by, by_themselves=True)
    return Answer(_read(joined.card, programs.current()), 200 if joined.known else 201)


@api.get("/cards", query=CardFilter, answers=Card, many=True)
def every(asked: CardFilter) -> Page:
    """List cards, or find the one with an e-mail address or phone number."""
    query = select(LoyaltyCard).where(LoyaltyCard.status != CLOSED)
    if asked.email or asked.phone:  # of a merged card's person: the one that has everything now
        own = aliased(LoyaltyCard)
        query = query.join(own, func.coalesce(own.merged_into_id, own.id) == LoyaltyCard.id)
        query = query.join(Customer, Customer.id == own.customer_id)
    if asked.email:
        query = query.where(Customer.email == text.email(asked.email))
    if asked.phone:
        country = companies.acting().country
        query = query.where(Customer.phone == text.phone(asked.phone, country))
    rules = programs.current()
    found = page(query, LoyaltyCard.id, asked, lambda row: row.LoyaltyCard)
    days = expiry.of_cards(found["items"])
    return found | {"items": [shown(card, rules, days[card.id]) for card in found["items"]]}


@api.get("/cards/<string:number>", answers=Card, refuses=(NotFound,))
def one(number: str) -> dict[str, Any]:
    """Read a card."""
    row = cards.balances(number)
    rules = programs.rules_of(row.revision_id)
    if rules.expiry["policy"] == NEVER or row.points_balance <= 0:
        return shown(row, rules)
    return _read(cards.find(number), rules)


@api.post("/cards/<string:number>/block", answers=Card, refuses=(NotFound,))
def block(number: str) -> dict[str, Any]:
    """Block a card: it neither collects nor redeems until it is unblocked."""
    return _blocked(number, True)


@api.post("/cards/<string:number>/unblock", answers=Card, refuses=(NotFound,))
def unblock(number: str) -> dict[str, Any]:
    """Let a blocked card be used again."""
    return _blocked(number, False)


@api.post("/cards/<string:number>/replace", answers=Card, refuses=(NotFound,))
def replace(number: str) -> dict[str, Any]:
    """Give a card another number, where the old one was lost.

    Balances and history go along; the old number and the old links lead nowhere.
    """
    card = cards.find(number)
    cards.replace(card, by=g.actor)
    return _read(card, programs.current())


def _blocked(number: str, blocked: bool) -> dict[str, Any]:
    card = cards.find(number)
    cards.block(card, blocked, by=g.actor)
    return _read(card, programs.current())


def _read(card: LoyaltyCard, rules: Rules) -> dict[str, Any]:
    return shown(card, rules, expiry.expiring(card))


def shown(card: Any, rules: Rules, expires: expiry.Days | None = None) -> dict[str, Any]:
    """A card, or a row of its balances, with the contract's fields."""
    tier = rules.tier_at(card.tier_points)
    ahead = rules.next_tier(card.tier_points) if rules.points else None
    to_go = ahead.min_lifetime_points - card.tier_points if ahead else 0
    return {
        "number": card.number,
        "status": card.status,
        "points_balance": card.points_balance,
        "stamps_balance": card.stamps_balance,
        "stamps_target": rules.stamps_target,
        "rewards_ready": rewards_ready(card.stamps_balance, rules.stamps_target),
        "lifetime_points": card.lifetime_points,
        "tier": tier.name if tier else None,
        "next_tier": {"name": ahead.name, "points_to_go": to_go} if ahead else None,
        "points_expiring": [
            {"points": points, "on": day.isoformat()} for day, points in expires or ()
        ],
    }
