"""`/rewards`: the catalogue, and redeeming from it."""

from typing import Annotated, Any

from flask import g
from pydantic import AfterValidator, Field
from sqlalchemy import select

from .... import text
from ....api import Body, Page, Paging, Slug, api, page
from ....api.fields import CardNumber, Day, Id, id_in, one_line
from ....errors import NotFound
from .. import rewards as rewarding
from ..ledger import Posted
from ..ledger.checks import CardBlocked, PointsNotEnabled, ProgramInactive, StampsNotEnabled
from ..programs.models import MOST_MINOR, MOST_POINTS
from ..rewards import catalogue
from ..rewards.checks import LONGEST_DESCRIPTION, MOST_PER_CARD, MOST_SHOPS, MOST_STAMPS, MOST_STOCK
from ..rewards.rules import (
    BelowMinimum,
    InsufficientPoints,
    InsufficientStamps,
    RewardNotAvailable,
)
from .answers import Line, Reward
from .shops import acting_at

UNSET: Any = None  # a field that was not sent; it is left as it is
Name = Annotated[str, Field(min_length=1, max_length=text.LONGEST_NAME), AfterValidator(one_line)]
Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]


class RewardChanges(Body):
    """Whatever is sent changes; whatever is not stays as it is."""

    name: Annotated[Name, Field(examples=["Coffee to go"])] = UNSET
    points: Annotated[Points, Field(examples=[500])] = UNSET
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION), AfterValidator(one_line)] = (
        UNSET
    )
    stamps: Annotated[int, Field(ge=0, le=MOST_STAMPS)] = UNSET
    value_minor: Annotated[
        int | None, Field(ge=0, le=MOST_MINOR, description="What it costs the company.")
    ] = UNSET
    valid_from: Annotated[Day | None, Field(description="The first day.")] = UNSET
    valid_until: Annotated[Day | None, Field(description="The last day.")] = UNSET
    stock: Annotated[
        int | None, Field(ge=0, le=MOST_STOCK, description="What is left; null: never counted.")
    ] = UNSET
    per_card_limit: Annotated[
        int | None,
        Field(ge=1, le=MOST_PER_CARD, description="How many one card may have; null: no limit."),
    ] = UNSET
    vendors: Annotated[
        list[Slug],
        Field(max_length=MOST_SHOPS, description="The shops that give it; none: every shop."),
    ] = UNSET
    active: bool = UNSET


class NewReward(RewardChanges):
    """A name, and a price: points, stamps or both."""

    name: Annotated[Name, Field(examples=["Coffee to go"])]


class RewardToRedeem(Body):
    card: CardNumber
    reward: Id
    vendor: Slug


@api.get("/rewards", query=Paging, answers=Reward, many=True)
def every(asked: Paging) -> Page:
    """List the catalogue, what was withdrawn included."""
    row = rewarding.Reward
    found = page(select(row), row.id, asked, lambda each: _values(each.Reward, {}))
    shops = catalogue.shops_of([int(item["id"]) for item in found["items"]])
    for item in found["items"]:
        item["vendors"] = _slugs(shops.get(int(item["id"]), {}))
    return found


@api.get("/rewards/<string:reward_id>", answers=Reward)
def one(reward_id: str) -> dict[str, Any]:
    """Read a reward."""
    return _shown(catalogue.find(id_in(reward_id)))


@api.post("/rewards", scope="admin", key="may", body=NewReward, answers=Reward, status=201)
def create(asked: NewReward) -> dict[str, Any]:
    """Add a reward to the catalogue."""
    return _shown(catalogue.create(asked.model_dump(exclude_unset=True), by=g.actor))


@api.patch("/rewards/<string:reward_id>", body=RewardChanges, answers=Reward)
def change(asked: RewardChanges, reward_id: str) -> dict[str, Any]:
    """Change a reward; what was redeemed keeps the name and price of then."""
    changes = asked.model_dump(exclude_unset=True)
    return _shown(catalogue.change(id_in(reward_id), changes, by=g.actor))


@api.post(
    "/rewards/redeem",
    body=RewardToRedeem,
    answers=Line,
    ledger=True,
    status=201,
    refuses=(
        NotFound,
        ProgramInactive,
        CardBlocked,
        PointsNotEnabled,
        StampsNotEnabled,
        RewardNotAvailable,
        BelowMinimum,
        InsufficientPoints,
        InsufficientStamps,
    ),
)
def redeem(asked: RewardToRedeem) -> Posted:
    """Take a reward of the catalogue from a card: its price comes off."""
    by, reward_id = acting_at(asked.vendor), id_in(asked.reward)
    return rewarding.redeem(asked.card, reward_id, by=by, attempt=g.attempt)


def _shown(reward: rewarding.Reward) -> dict[str, Any]:
    return _values(reward, catalogue.shops_of([reward.id]).get(reward.id, {}))


def _values(reward: rewarding.Reward, shops: dict[int, catalogue.Shop]) -> dict[str, Any]:
    begins, ends = reward.valid_from, reward.valid_until
    return {
        "id": str(reward.id),
        "name": reward.name,
        "description": reward.description,
        "points": reward.points,
        "stamps": reward.stamps,
        "value_minor": reward.value_minor,
        "valid_from": begins.isoformat() if begins else None,
        "valid_until": ends.isoformat() if ends else None,
        "stock": reward.stock,
        "per_card_limit": reward.per_card_limit,
        "vendors": _slugs(shops),
        "active": reward.active,
    }


def _slugs(shops: dict[int, catalogue.Shop]) -> list[str]:
    return sorted(shop.slug for shop in shops.values())
