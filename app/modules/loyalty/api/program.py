"""`/program`: the rules in force, and publishing the next ones."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from .... import text
from ....accounts import companies
from ....api import Body, api
from ....api.fields import Day, one_line
from ....errors import Invalid
from .. import programs
from ..programs.models import MOST_MINOR, MOST_POINTS
from ..programs.rules import (
    EXPIRY_POLICIES,
    LOYALTY_TYPES,
    STACKINGS,
    VOID_POLICIES,
    WELCOME_MOMENTS,
)
from . import bonuses
from .answers import Rung, Shown
from .bonuses import Bonuses

UNSET: Any = None  # a field that was not sent; it is left as it is
MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]
Cap = Annotated[int | None, Field(ge=1, le=MOST_POINTS, description="Null lifts the cap.")]
Alone = Annotated[int | None, Field(ge=0, le=MOST_POINTS)]
Minor = Annotated[int, Field(ge=0, le=MOST_MINOR)]
Rate = Annotated[int, Field(ge=0, le=1_000_000)]
Line = Annotated[str, Field(min_length=1, max_length=text.LONGEST_NAME), AfterValidator(one_line)]


class Expiry(Body):
    """`inactivity` needs `days`, `age` needs `months`, `yearly` needs `month_day`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"policy": "age", "months": 12}]})

    policy: Literal[EXPIRY_POLICIES]  # type: ignore[valid-type]
    days: Annotated[int, Field(ge=1, le=3_650)] = UNSET
    months: Annotated[int, Field(ge=1, le=120)] = UNSET
    month_day: Annotated[str, Field(pattern=MONTH_DAY, examples=["01-31"])] = UNSET

    @model_validator(mode="after")
    def _has_its_figure(self) -> "Expiry":
        needed = {"inactivity": "days", "age": "months", "yearly": "month_day"}.get(self.policy)
        given = self.model_fields_set - {"policy"}
        if given != ({needed} if needed else set()):
            raise ValueError(f"{self.policy} with {needed or 'nothing else'}")
        return self


class ProgramChanges(Body):
    """Whatever is sent changes; whatever is not stays as it is."""

    active: bool = UNSET
    redeemable_until: Annotated[
        Day | None, Field(description="After switching off: the last day to redeem.")
    ] = UNSET
    loyalty_type: Literal[LOYALTY_TYPES] = UNSET  # type: ignore[valid-type]
    stamps_target: Annotated[int, Field(ge=1, le=100)] = UNSET
    stamps_reward_name: Line = UNSET
    stamps_reward_value_minor: Minor | None = UNSET
    cooldown_minutes: Annotated[int, Field(ge=0, le=10_080)] = UNSET
    max_daily_stamps: Annotated[
        int | None, Field(ge=1, le=1_000, description="Null lifts the cap.")
    ] = UNSET
    points_per_unit: Rate = UNSET
    unit_minor: Annotated[int, Field(ge=1, le=MOST_MINOR)] = UNSET
    max_points_per_order: Cap = UNSET
    minimum_purchase_minor: Minor = UNSET
    minimum_redemption_points: Points = UNSET
    point_value_bp: Annotated[
        int | None, Field(ge=1, le=MOST_MINOR, description="Minor units that 10,000 points pay.")
    ] = UNSET
    max_points_per_checkout: Cap = UNSET
    welcome_bonus_points: Annotated[int, Field(ge=0, le=1_000_000)] = UNSET
    welcome_bonus_when: Literal[WELCOME_MOMENTS] = UNSET  # type: ignore[valid-type]
    birthday_bonus_bp: Rate = UNSET
    category_rates: Annotated[dict[Line, Rate], Field(max_length=200)] = UNSET
    require_staff_pin: bool = UNSET
    expiry: Expiry = UNSET
    expiry_notice_days: Annotated[
        list[Annotated[int, Field(ge=1, le=366)]], Field(max_length=10)
    ] = UNSET
    void_policy: Literal[VOID_POLICIES] = UNSET  # type: ignore[valid-type]
    bonuses: Bonuses = UNSET
    bonus_stacking: Annotated[
        Literal[STACKINGS],  # type: ignore[valid-type]
        Field(description="All bonuses that apply add up, or the best one counts alone."),
    ] = UNSET
    stamps_per_sale: Annotated[
        int, Field(ge=0, le=100, description="Stamps that a sale gives beside its points.")
    ] = UNSET
    void_alone_minutes: Annotated[
        int, Field(ge=0, le=1_440, description="At a counter: one's own lines, alone.")
    ] = UNSET
    void_days: Annotated[
        int | None, Field(ge=0, le=3_650, description="At a counter: by two; null: no end.")
    ] = UNSET
    redemption_alone_points: Annotated[
        Alone, Field(description="From here on a counter needs two people; null: never.")
    ] = UNSET
    adjustment_alone_points: Annotated[
        Alone, Field(description="Above this the office needs two people; null: never.")
    ] = UNSET
    tier_review_on: Annotated[
        str | None,
        Field(
            pattern=MONTH_DAY,
            examples=["01-01"],
            description="The day on which tiers are reviewed on the last 12 months' points, and"
            " may fall; null: never.",
        ),
    ] = UNSET
    card_name: Line = UNSET
    card_color: Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$", examples=["#4F46E5"])] = UNSET
    terms_text: Annotated[str, Field(max_length=20_000)] = UNSET
    privacy_url: Annotated[str | None, Field(max_length=500, pattern="^https?://")] = UNSET


_STATE = {"active", "redeemable_until"}
_RULES: dict[str, Any] = {
    name: (field.annotation, ...) for name, field in ProgramChanges.model_fields.items()
}
Program: type[BaseModel] = create_model(
    "Program",
    __base__=Shown,
    __doc__="The rules in force.",
    revision=(int, Field(examples=[1])),
    currency=(str, Field(examples=["EUR"])),
    tiers=(list[Rung], ...),
    **_RULES,
)


@api.get("/program", answers=Program)
def rules() -> dict[str, Any]:
    """Read the rules in force."""
    return shown()


@api.patch("/program", body=ProgramChanges, answers=Program)
def change(asked: ProgramChanges) -> dict[str, Any]:
    """Publish the next revision of the rules, or switch the programme off and on."""
    sent = asked.model_dump(exclude_unset=True)
    state = {name: sent.pop(name) for name in _STATE & sent.keys()}
    if "bonuses" in sent:
        sent["bonuses"] = bonuses.read([bonus.model_dump() for bonus in asked.bonuses])
    if sent:
        programs.publish(sent)
    if state:
        _switch(**state)
    return shown()


def _switch(*, active: bool | None = None, redeemable_until: Any = None) -> None:
    """`redeemable_until` is for a programme that is off, or is being switched off."""
    stays = programs.of_company().active if active is None else active
    if stays and redeemable_until is not None:
        raise Invalid({"redeemable_until": "expected only while the programme is off"})
    programs.switch(active=stays, redeemable_until=redeemable_until)


def shown() -> dict[str, Any]:
    """The programme with the contract's fields."""
    program, rules = programs.of_company(), programs.current()
    until = program.redeemable_until
    return {
        "revision": rules.number,
        "active": program.active,
        "redeemable_until": until.isoformat() if until else None,
        "currency": companies.acting().currency,
        **rules.values(),
        "bonuses": [bonuses.shown(bonus) for bonus in rules.bonuses],
        "tiers": [asdict(tier) for tier in rules.tiers],
    }
