"""The catalogue: what points and stamps buy. Rewards are no part of a revision; a line copies the
name and the price it was redeemed at."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    SmallInteger,
    String,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Model, UtcDateTime, belongs_to, company_table, server_now
from ..programs.models import MOST_MINOR, MOST_POINTS


class Reward(tenancy.Tenant, Model):
    """Something that a card's points, stamps or both can buy.

    `stock` is what is left, `per_card_limit` how many one card may have; None: no limit.
    `value_minor` is what it costs the company, for the liability.
    """

    __tablename__ = "rewards"
    __table_args__ = (
        company_table(),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("length(description) <= 500", name="description_length"),
        CheckConstraint(f"points BETWEEN 0 AND {MOST_POINTS}", name="points"),
        CheckConstraint("stamps BETWEEN 0 AND 1000", name="stamps"),
        CheckConstraint("points + stamps > 0", name="has_a_price"),
        CheckConstraint(f"value_minor BETWEEN 0 AND {MOST_MINOR}", name="value_minor"),
        CheckConstraint("valid_until >= valid_from", name="validity"),
        CheckConstraint("stock BETWEEN 0 AND 1000000", name="stock"),
        CheckConstraint("per_card_limit BETWEEN 1 AND 1000", name="per_card_limit"),
    )

    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(500), server_default="", default="")
    points: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    stamps: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    stock: Mapped[int | None] = mapped_column(Integer)
    per_card_limit: Mapped[int | None] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


class RewardVendor(tenancy.Owned, Model):
    """A shop where a reward can be had; a reward without any can be had everywhere."""

    __tablename__ = "reward_vendors"
    __table_args__ = (
        belongs_to("rewards", "reward_id"),
        belongs_to("vendors", "vendor_id"),
    )

    reward_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    vendor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
