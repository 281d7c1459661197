"""Reviews that are over: each is held once."""

from datetime import date, datetime

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Model, UtcDateTime, company_table


class TierReview(tenancy.Owned, Model):
    """A company's review of that day has looked at every card. A fact, never changed."""

    __tablename__ = "tier_reviews"
    __table_args__ = (company_table(),)

    reviewed_on: Mapped[date] = mapped_column(Date, primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
