"""`/tiers`: the ladder of the rules in force, and publishing the next one."""

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, RootModel

from ....api import Body, Page, api
from ....api.fields import one_line
from .. import programs
from ..programs.checks import LONGEST_TIER_NAME
from ..programs.models import MOST_POINTS
from .answers import Rung

_MOST_TIERS, _MOST_BP = 20, 1_000_000


class Tier(Body):
    name: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_TIER_NAME, examples=["Bronze"]),
        AfterValidator(one_line),
    ]
    min_lifetime_points: Annotated[int, Field(ge=0, le=MOST_POINTS)]
    multiplier_bp: Annotated[
        int, Field(ge=0, le=_MOST_BP, description="10,000 is once.", examples=[10_000])
    ]


class Ladder(RootModel[list[Tier]]):
    """The whole ladder, as a bare list: different thresholds, one of them 0."""

    model_config = ConfigDict(strict=True, frozen=True)

    root: Annotated[list[Tier], Field(min_length=1, max_length=_MOST_TIERS)]


@api.get("/tiers", answers=Rung, many=True)
def ladder() -> Page:
    """List the tiers of the rules in force, the lowest first."""
    return _shown(programs.current())


@api.put("/tiers", body=Ladder, answers=Rung, many=True)
def publish(asked: Ladder) -> Page:
    """Publish the next revision of the rules, with this ladder."""
    tiers = (programs.Tier(**tier.model_dump()) for tier in asked.root)
    ordered = sorted(tiers, key=lambda tier: tier.min_lifetime_points)
    return _shown(programs.publish({"tiers": tuple(ordered)}))


def _shown(rules: programs.Rules) -> Page:
    return {"items": [asdict(tier) for tier in rules.tiers], "next": None}
