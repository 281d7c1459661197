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
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from .... import tenancy
from ....database import Json, Model, UtcDateTime, belongs_to

MOST_POINTS_A_LINE, MOST_STAMPS_A_LINE = 1_000_000_000, 1_000
FORGIVEN = "points_forgiven"

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
        belongs_to("rewards", "reward_id"),
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
        # What a card has had of the catalogue.
        Index(
            "ix_loyalty_transactions_by_reward",
            "company_id",
            "card_id",
            "reward_id",
            postgresql_where=text("reward_id IS NOT NULL"),
            sqlite_where=text("reward_id IS NOT NULL"),
        ),
        CheckConstraint(
            "type IN ({})".format(", ".join(f"'{name}'" for name in TYPES)), name="type"
        ),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("(reverses_id IS NULL) = (reversal_part IS NULL)", name="reversal"),
        CheckConstraint("reversal_part > 0", name="reversal_part"),
        CheckConstraint("points BETWEEN -1000000000 AND 1000000000", name="points"),
        CheckConstraint("stamps BETWEEN -1000 AND 1000", name="stamps"),
        CheckConstraint("amount_minor BETWEEN 0 AND 1000000000000", name="amount_minor"),
        CheckConstraint("length(reason) BETWEEN 1 AND 200", name="reason_length"),
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
    # What was paid in a sale, or given back of it in a return.
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    reward_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(200))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    business_day: Mapped[date] = mapped_column(Date)
    key_version: Mapped[int] = mapped_column(SmallInteger)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))


class PointLot(tenancy.Tenant, Model):
    """Points granted together, with what remains of them.

    A grant makes one lot; merging cards may bring one line several, by the day of the grant.
    `granted = remaining + what its draws sum to`; `expired` is what of that expired and stayed so.
    """

    __tablename__ = "point_lots"
    __table_args__ = (
        belongs_to("loyalty_cards", "card_id"),
        belongs_to("loyalty_transactions", "transaction_id"),
        UniqueConstraint("company_id", "transaction_id", "granted_on"),
        # Spending takes the oldest first and looks at open lots alone, however long the history.
        Index(
            "ix_point_lots_open",
            "company_id",
            "card_id",
            "granted_on",
            "id",
            postgresql_where=text("remaining > 0"),
            sqlite_where=text("remaining > 0"),
        ),
        # What the nightly job looks for.
        Index(
            "ix_point_lots_expiring",
            "company_id",
            "expires_on",
            "card_id",
            postgresql_where=text("remaining > 0 AND expires_on IS NOT NULL"),
            sqlite_where=text("remaining > 0 AND expires_on IS NOT NULL"),
        ),
        CheckConstraint("granted > 0", name="granted"),
        CheckConstraint("remaining >= 0", name="remaining"),
        CheckConstraint("expired >= 0 AND remaining + expired <= granted", name="expired"),
        CheckConstraint("noticed BETWEEN 0 AND 10", name="noticed"),
    )

    card_id: Mapped[int] = mapped_column(BigInteger)
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    expired: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    granted_on: Mapped[date] = mapped_column(Date)
    # Refilled by a cancelled redemption: it does not expire before this day is over.
    keep_until: Mapped[date | None] = mapped_column(Date)
    # By the policy it was granted under, raised where a later one promises more.
    expires_on: Mapped[date | None] = mapped_column(Date)
    # How many notices were given of the expiry on `noticed_for`.
    noticed: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    noticed_for: Mapped[date | None] = mapped_column(Date)
    # When the last of them was given.
    noticed_on: Mapped[date | None] = mapped_column(Date)


class PointDraw(tenancy.Owned, Model):
    """What a line took from a lot (or, below zero, gave back to it). A fact, never changed."""

    __tablename__ = "point_draws"
    __table_args__ = (
        belongs_to("loyalty_transactions", "transaction_id"),
        belongs_to("point_lots", "lot_id"),
        CheckConstraint("points <> 0", name="points"),
    )

    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    lot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)
