"""Adjustments that wait for a second person."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Model, UtcDateTime, belongs_to, server_now

WAITING, GIVEN, DECLINED = "waiting", "given", "declined"


class AdjustmentRequest(tenancy.Tenant, Model):
    """Points that one person of the office asks for and another gives or declines."""

    __tablename__ = "adjustment_requests"
    __table_args__ = (
        belongs_to("loyalty_cards", "card_id"),
        belongs_to("loyalty_transactions", "transaction_id"),
        Index(
            "ix_adjustment_requests_waiting",
            "company_id",
            "id",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        CheckConstraint("points <> 0", name="points"),
        CheckConstraint("points BETWEEN -1000000000 AND 1000000000", name="points_range"),
        CheckConstraint("length(reason) BETWEEN 1 AND 200", name="reason_length"),
        CheckConstraint("state IN ('waiting', 'given', 'declined')", name="state"),
        CheckConstraint("(state = 'given') = (transaction_id IS NOT NULL)", name="given"),
        CheckConstraint("decided_by <> asked_by", name="two_people"),
    )

    card_id: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )
    state: Mapped[str] = mapped_column(String(8), server_default=WAITING, default=WAITING)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    transaction_id: Mapped[int | None] = mapped_column(BigInteger)
