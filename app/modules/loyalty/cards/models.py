"""The card's row: what the rules read under the lock, and nothing that they do not."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Model, UtcDateTime, belongs_to, server_now

ACTIVE, BLOCKED, CLOSED = "active", "blocked", "closed"


class LoyaltyCard(tenancy.Tenant, Model):
    """A customer in the programme: cached balances, tier, sequence, and the chain's head.

    Only `ledger.post` writes a balance. After waiting for a lock PostgreSQL re-reads the
    locked row alone, so everything a rule needs at that moment stands here.
    """

    __tablename__ = "loyalty_cards"
    __table_args__ = (
        belongs_to("customers", "customer_id"),
        belongs_to("vendors", "enrolled_vendor_id"),
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("company_id", "customer_id"),
        CheckConstraint("status IN ('active', 'blocked', 'closed')", name="status"),
        CheckConstraint("length(number) = 12", name="number_length"),
        CheckConstraint("sequence >= 0", name="sequence"),
        CheckConstraint("stamp_day_count >= 0", name="stamp_day_count"),
        CheckConstraint("stamp_eve_count >= 0", name="stamp_eve_count"),
        CheckConstraint("lifetime_points >= 0", name="lifetime_points"),
        CheckConstraint("laid_aside >= 0", name="laid_aside"),
        CheckConstraint("link_version >= 1", name="link_version"),
        belongs_to("loyalty_cards", "merged_into_id"),
        CheckConstraint("merged_into_id IS NULL OR status = 'closed'", name="merged"),
        CheckConstraint("purchases >= 0", name="purchases"),
        CheckConstraint("purchases_peak >= 0", name="purchases_peak"),
        CheckConstraint("welcome_due IN ('verified', 'first_visit')", name="welcome_due"),
        # Room on the page: each stamp then rewrites the row in place (HOT).
        {"postgresql_with": {"fillfactor": "85"}},
    )

    customer_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(8), server_default=ACTIVE, default=ACTIVE)
    points_balance: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    stamps_balance: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    lifetime_points: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    # Lifetime points that a review of tiers laid aside: the tier no longer counts them.
    laid_aside: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    sequence: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    head: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    last_stamp_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stamp_day: Mapped[date | None] = mapped_column(Date)
    stamp_day_count: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    # The day before it: two shops of a chain can be a calendar day apart at one moment.
    stamp_eve_count: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    # Purchases that counted, less those returned whole; and how far they ever were, so that
    # returning an early one does not bring the same Nth purchase twice.
    purchases: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    purchases_peak: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    # The last year in which a birthday was rewarded.
    birthday_year: Mapped[int | None] = mapped_column(SmallInteger)
    # What the welcome bonus still waits for, where it was not given at enrolment.
    welcome_due: Mapped[str | None] = mapped_column(String(12))
    # A closed card whose points went to another card of the same person.
    merged_into_id: Mapped[int | None] = mapped_column(BigInteger)
    last_activity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link_version: Mapped[int] = mapped_column(SmallInteger, server_default="1", default=1)
    enrolled_vendor_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )

    @property
    def tier_points(self) -> int:
        """The points that the tier goes by: lifetime points, less what reviews laid aside."""
        return max(0, self.lifetime_points - self.laid_aside)
