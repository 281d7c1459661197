"""`/cards/{number}/rewards`: what a card can redeem now, what is near, what it has redeemed."""

from typing import Annotated, Any

from pydantic import Field

from .... import clock
from ....accounts import companies, vendors
from ....api import Query, Slug, api
from ....errors import Invalid, Refusal
from .. import cards, programs
from ..ledger.answers import moment
from ..programs.rules import ProgramState
from ..rewards import catalogue
from .answers import CardRewards


class AtShop(Query):
    vendor: Annotated[Slug | None, Field(description="Only what this shop gives.")] = None


@api.get("/cards/<string:number>/rewards", query=AtShop, answers=CardRewards)
def of_card(asked: AtShop, number: str) -> dict[str, Any]:
    """List what a card can redeem now, what is near, and what it has redeemed."""
    shop = vendors.by_slug(asked.vendor) if asked.vendor else None
    if asked.vendor and shop is None:
        raise Invalid({"vendor": f"got {asked.vendor!r}, expected the slug of a shop"})
    card, program = cards.find(number), programs.of_company()
    zone = shop.timezone if shop else companies.acting().timezone
    found = catalogue.of_card(
        card,
        shop.id if shop else None,
        rules=programs.rules_of(program.revision_id),
        day=clock.business_day(clock.now(), zone),
        state=ProgramState(program.active, program.redeemable_until),
    )
    return {
        "redeemable": [_choice(each) for each in found.redeemable],
        "near": [_choice(each) for each in found.near],
        "redeemed": [_redeemed(each) for each in found.redeemed],
    }


def _choice(choice: catalogue.Choice) -> dict[str, Any]:
    return {
        "reward": None if choice.id is None else str(choice.id),
        "name": choice.name,
        "description": choice.description,
        "points": choice.points,
        "stamps": choice.stamps,
        "value_minor": choice.value_minor,
        "vendors": sorted(shop.slug for shop in choice.shops),
        "missing_points": choice.missing_points,
        "missing_stamps": choice.missing_stamps,
        "why": _why(choice.refusal) if choice.refusal else None,
    }


def _why(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "figures": refusal.figures,
        "sentence": refusal.sentence,
        "remedy": refusal.remedy or None,
    }


def _redeemed(taken: catalogue.Redeemed) -> dict[str, Any]:
    return {
        "transaction_id": str(taken.transaction_id),
        "sequence": taken.sequence,
        "reward": None if taken.reward_id is None else str(taken.reward_id),
        "name": taken.name,
        "points": taken.points,
        "stamps": taken.stamps,
        "cancelled": taken.cancelled,
        "occurred_at": moment(taken.occurred_at),
    }
