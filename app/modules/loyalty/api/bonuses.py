"""A bonus as it is sent and shown: what it gives, and the conditions that all have to hold."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from .... import text
from ....accounts import vendors
from ....api import Body, Slug
from ....api.fields import Day, one_line
from ....errors import Invalid
from .. import programs
from ..programs.bonuses import MOST_BONUSES, of_values

_MOST = 1_000_000
Name = Annotated[str, Field(min_length=1, max_length=text.LONGEST_NAME), AfterValidator(one_line)]
Hour = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Weekday = Annotated[int, Field(ge=1, le=7)]


class Bonus(Body):
    """Either a percentage (`percent_bp`, 1,000 is 10 %) or a flat number of `points`, where every
    condition that is set holds. Days and hours are the shop's."""

    name: Annotated[Name, Field(examples=["Happy hour"])]
    percent_bp: Annotated[int, Field(ge=0, le=_MOST, examples=[1_000])] = 0
    points: Annotated[int, Field(ge=0, le=_MOST)] = 0
    birthday: Annotated[bool, Field(description="The first earning on the birthday.")] = False
    first_visit: Annotated[bool, Field(description="A card's first purchase.")] = False
    every: Annotated[
        int | None, Field(ge=2, le=1_000, description="Each Nth purchase of a card.")
    ] = None
    weekdays: Annotated[
        list[Weekday],
        Field(
            default_factory=list,
            max_length=7,
            description="1 is Monday, 7 Sunday; none: every day.",
        ),
    ]
    from_time: Annotated[Hour | None, Field(description="Such as 08:00.")] = None
    until_time: Annotated[Hour | None, Field(description="Not included; may pass midnight.")] = None
    starts_on: Annotated[Day | None, Field(description="The first day.")] = None
    ends_on: Annotated[Day | None, Field(description="The last day.")] = None
    vendors: Annotated[
        list[Slug],
        Field(
            default_factory=list,
            max_length=200,
            description="These shops alone; none: every shop.",
        ),
    ]
    categories: Annotated[
        list[Name],
        Field(
            default_factory=list,
            max_length=200,
            description="A percentage is of these lines alone; none: of all.",
        ),
    ]


Bonuses = Annotated[list[Bonus], Field(max_length=MOST_BONUSES)]


def read(sent: list[dict[str, Any]]) -> tuple[programs.Bonus, ...]:
    """The bonuses as rules; raises `Invalid` for a shop that is not the company's."""
    known = {vendor.slug for vendor in vendors.every()}
    errors = {
        f"bonuses.{place}.vendors": f"got {slug[:48]!r}, expected the slugs of shops"
        for place, bonus in enumerate(sent)
        for slug in bonus["vendors"]
        if slug not in known
    }
    if errors:
        raise Invalid(errors)
    return tuple(map(of_values, sent))


def shown(bonus: programs.Bonus) -> dict[str, Any]:
    """Every field of it, so that what is read can be sent again."""
    return {name: _plain(value) for name, value in asdict(bonus).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
