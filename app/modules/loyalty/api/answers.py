"""What the API answers, as the document describes it and the tests hold it to."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..ledger.models import TYPES


class Shown(BaseModel):
    """An answer has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Expiring(Shown):
    points: int
    on: str = Field(description="The day they expire.", examples=["2027-01-31"])


class NextTier(Shown):
    name: str = Field(examples=["Silver"])
    points_to_go: int = Field(description="Lifetime points until then.", examples=[1200])


class Card(Shown):
    """A customer in the programme."""

    number: str = Field(examples=["7KQ2M9XP4TDA"])
    status: str = Field(description="active or blocked", examples=["active"])
    points_balance: int
    stamps_balance: int = Field(examples=[3])
    stamps_target: int = Field(examples=[10])
    rewards_ready: int = Field(description="Whole targets on the card.", examples=[0])
    lifetime_points: int
    tier: str | None = Field(examples=["Bronze"])
    next_tier: NextTier | None = Field(description="Null at the top, or where nothing counts.")
    points_expiring: list[Expiring]


class Step(Shown):
    """One reason for a line's figures."""

    code: str = Field(examples=["stamps-counted"])
    figures: dict[str, Any] = Field(examples=[{"before": 2, "after": 3, "target": 10}])
    sentence: str = Field(examples=["stamps_balance 2 -> 3, target 10"])


class Line(Shown):
    """One line of the ledger. It never changes; a correction is a line of its own."""

    transaction_id: str = Field(examples=["284937465019375616"])
    card: str = Field(examples=["7KQ2M9XP4TDA"])
    sequence: int = Field(description="1, 2, 3 … per card, gapless.", examples=[4])
    type: str = Field(json_schema_extra={"enum": list(TYPES)}, examples=["stamps_added"])
    points: int
    stamps: int = Field(examples=[1])
    points_balance: int
    stamps_balance: int = Field(examples=[3])
    vendor: str | None = Field(examples=["old-town"])
    staff: str | None = None
    reference: str | None = Field(examples=["till-3/4711"])
    amount_minor: int | None = Field(
        description="What was paid in a sale, or given back of it.", examples=[None]
    )
    reward: str | None = Field(
        description="The reward of the catalogue that was taken.", examples=[None]
    )
    reason: str | None = Field(description="Of an adjustment, or of taking back.", examples=[None])
    order_id: str | None = None
    reverses: str | None = Field(description="The line that this one takes back.", examples=[None])
    revision: int = Field(description="The rules that decided it.", examples=[1])
    proven: bool = Field(description="Whether who did it was proved.", examples=[True])
    explanation: list[Step]
    occurred_at: datetime = Field(examples=["2026-05-31T08:00:00.000000Z"])
    business_day: str = Field(description="The day at the shop.", examples=["2026-05-31"])


class Figures(Shown):
    """What a sale gives: `base + tier + bonus - capped = points_earned`."""

    base_points: int = Field(description="Amount times rate, rounded down.", examples=[42])
    tier_multiplier_bp: int = Field(description="10,000 is once.", examples=[12500])
    tier_points: int = Field(description="What the tier adds.", examples=[10])
    bonus_points: int = Field(description="What bonuses add, flat ones included.", examples=[0])
    capped_points: int = Field(description="What the cap of a sale took.", examples=[0])
    points_earned: int = Field(examples=[52])


_OF_A_SALE = [
    {
        "code": "points-counted",
        "figures": {"before": 200, "after": 252},
        "sentence": "points_balance 200 -> 252",
    }
]


class Earned(Line, Figures):
    """The line of a sale, with the figures that made its points."""

    type: str = Field(json_schema_extra={"enum": list(TYPES)}, examples=["points_earned"])
    points: int = Field(examples=[52])
    stamps: int = Field(examples=[0])
    points_balance: int = Field(examples=[252])
    stamps_balance: int = Field(examples=[0])
    amount_minor: int | None = Field(description="What was paid.", examples=[4_200])
    explanation: list[Step] = Field(examples=[_OF_A_SALE])


class Foreseen(Figures):
    """What a sale would give now: the figures of the line that earning would write."""

    card: str = Field(examples=["7KQ2M9XP4TDA"])
    vendor: str | None = Field(examples=["old-town"])
    amount_minor: int = Field(examples=[4_200])
    points: int = Field(examples=[52])
    stamps: int
    points_balance: int = Field(description="What it would be.", examples=[252])
    stamps_balance: int = Field(description="What it would be.")
    explanation: list[Step] = Field(examples=[_OF_A_SALE])


class ForeseenLine(Shown):
    """A line as it would be written."""

    type: str = Field(json_schema_extra={"enum": list(TYPES)}, examples=["voided"])
    points: int = Field(examples=[-52])
    stamps: int
    points_balance: int = Field(description="What it would be.", examples=[200])
    stamps_balance: int = Field(description="What it would be.")
    amount_minor: int | None = Field(examples=[4_200])
    explanation: list[Step]


class ForeseenVoid(Shown):
    """What taking a line back would write now, line by line: the first is its answer."""

    transaction_id: str = Field(description="The line to take back.")
    card: str = Field(examples=["7KQ2M9XP4TDA"])
    lines: list[ForeseenLine]


class Reward(Shown):
    """Something of the catalogue: its price is points, stamps, or both."""

    id: str = Field(examples=["284937465019375616"])
    name: str = Field(examples=["Coffee to go"])
    description: str
    points: int = Field(examples=[500])
    stamps: int
    value_minor: int | None = Field(description="What it costs the company.", examples=[350])
    valid_from: str | None = Field(description="The first day.")
    valid_until: str | None = Field(description="The last day.")
    stock: int | None = Field(description="What is left; null: never counted.")
    per_card_limit: int | None = Field(description="How many one card may have.")
    vendors: list[str] = Field(description="The shops that give it; none: every shop.")
    active: bool = Field(examples=[True])


class WhyNot(Shown):
    """The refusal that redeeming now would answer."""

    code: str = Field(examples=["insufficient-points"])
    figures: dict[str, Any] = Field(examples=[{"needed": 500, "available": 252, "missing": 248}])
    sentence: str = Field(examples=["248 more points to go."])
    remedy: str | None = Field(description="What would make it a yes.")


class Choice(Shown):
    """A reward as one card meets it."""

    reward: str | None = Field(description="Its id; null: the programme's stamp reward.")
    name: str = Field(examples=["Coffee to go"])
    description: str
    points: int = Field(examples=[500])
    stamps: int
    value_minor: int | None
    vendors: list[str] = Field(description="The shops that give it; none: every shop.")
    missing_points: int = Field(examples=[248])
    missing_stamps: int
    why: WhyNot | None = Field(description="Null where it can be had now.")


class Redeemed(Shown):
    """A reward that the card has had."""

    transaction_id: str = Field(examples=["284937465019375616"])
    sequence: int = Field(examples=[4])
    reward: str | None
    name: str = Field(description="As it was called then.", examples=["Coffee to go"])
    points: int = Field(examples=[500])
    stamps: int
    cancelled: bool = Field(examples=[False])
    occurred_at: datetime = Field(examples=["2026-05-31T08:00:00.000000Z"])


class CardRewards(Shown):
    """What a card can redeem now, what is near, and the latest that it has redeemed."""

    redeemable: list[Choice]
    near: list[Choice] = Field(description="The nearest first.")
    redeemed: list[Redeemed] = Field(description="The latest first.")


class Shop(Shown):
    slug: str = Field(examples=["old-town"])
    name: str = Field(examples=["Old Town"])
    timezone: str = Field(examples=["Europe/Luxembourg"])
    address: str
    status: str = Field(description="open or closed", examples=["open"])


class Member(Shown):
    id: str = Field(examples=["284937465019375616"])
    name: str = Field(examples=["Stella Stein"])
    role: str = Field(description="staff or manager", examples=["staff"])
    vendor: str | None = Field(description="Null: every shop.", examples=["old-town"])
    active: bool = Field(examples=[True])


class Rung(Shown):
    name: str = Field(examples=["Silver"])
    min_lifetime_points: int = Field(examples=[5000])
    multiplier_bp: int = Field(examples=[12500])
