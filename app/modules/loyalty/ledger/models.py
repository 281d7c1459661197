"""Lines, and the lots of points that some of them grant."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from .... import tenancy
from ....database import Json, Model, UtcDateTime, belongs_to

TYPES = (
    "welcome_bonus",
    "stamps_added",
    "stamps_redeemed",
    "points_earned",
    "points_redeemed",
    "points_adjusted",
    "points_expired",
    "points_reinstated",
    "points_forgiven",
    "voided",
    "imported",
)


class LoyaltyTransaction(tenancy.Tenant, Model):
    """One line: the truth. A trigger refuses to change or delete it."""

    __tablename__ = "loyalty_transactions"
    __table_args__ = (
        belongs_to("loyalty_cards", "card_id"),
        belongs_to("vendors", "vendor_id"),
        belongs_to("staff_members", "staff_id"),
        belongs_to("program_revisions", "revision_id"),
        UniqueConstraint("company_id", "card_id", "sequence"),
        # A line is reversed part by part; nobody can be first twice.
        UniqueConstraint("company_id", "reverses_id", "reversal_part"),
        Index("ix_loyalty_transactions_by_vendor", "company_id", "vendor_id", "id"),
        # A terminal's day: its feed and its figures.
        Index(
            "ix_loyalty_transactions_by_terminal",
            "company_id",
            "terminal_id",
            "business_day",
            "id",
        ),
        CheckConstraint(
            "type IN ({})".format(", ".join(f"'{name}'" for name in TYPES)), name="type"
        ),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("(reverses_id IS NULL) = (reversal_part IS NULL)", name="reversal"),
        CheckConstraint("reversal_part > 0", name="reversal_part"),
        CheckConstraint("points BETWEEN -1000000000 AND 1000000000", name="points"),
        CheckConstraint("stamps BETWEEN -1000 AND 1000", name="stamps"),
    )

    card_id: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(Integer)
    type: Mapped[str] = mapped_column(String(20))
    points: Mapped[int] = mapped_column(BigInteger, server_default="0")
    stamps: Mapped[int] = mapped_column(Integer, server_default="0")
    points_after: Mapped[int] = mapped_column(BigInteger)
    stamps_after: Mapped[int] = mapped_column(Integer)
    lifetime_after: Mapped[int] = mapped_column(BigInteger)
    vendor_id: Mapped[int | None] = mapped_column(BigInteger)
    staff_id: Mapped[int | None] = mapped_column(BigInteger)
    terminal_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    api_key_id: Mapped[int | None] = mapped_column(BigInteger)
    proven: Mapped[bool] = mapped_column(Boolean, server_default=true())
    revision_id: Mapped[int] = mapped_column(BigInteger)
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    reversal_part: Mapped[int | None] = mapped_column(SmallInteger)
    reference: Mapped[str | None] = mapped_column(String(120))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    business_day: Mapped[date] = mapped_column(Date)
    key_version: Mapped[int] = mapped_column(SmallInteger)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))


class PointLot(tenancy.Tenant, Model):
    """Points granted together, with what remains of them."""

    __tablename__ = "point_lots"
    __table_args__ = (
        belongs_to("loyalty_cards", "card_id"),
        belongs_to("loyalty_transactions", "transaction_id"),
        UniqueConstraint("company_id", "transaction_id"),
        Index("ix_point_lots_by_card", "company_id", "card_id", "granted_on"),
        CheckConstraint("granted > 0", name="granted"),
        CheckConstraint("remaining BETWEEN 0 AND granted", name="remaining"),
    )

    card_id: Mapped[int] = mapped_column(BigInteger)
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    granted_on: Mapped[date] = mapped_column(Date)
