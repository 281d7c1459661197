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
    order_id: str | None = None
    reverses: str | None = Field(description="The line that this one takes back.")
    revision: int = Field(description="The rules that decided it.", examples=[1])
    proven: bool = Field(description="Whether who did it was proved.", examples=[True])
    explanation: list[Step]
    occurred_at: datetime = Field(examples=["2026-05-31T08:00:00.000000Z"])
    business_day: str = Field(description="The day at the shop.", examples=["2026-05-31"])


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
