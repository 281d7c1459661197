"""What is kept of the figures, so that reading them does not take longer as the ledger grows."""

from datetime import date
from typing import Annotated

from sqlalchemy import BigInteger, Date
from sqlalchemy.orm import Mapped, mapped_column

from .... import tenancy
from ....database import Model, company_table

NO_SHOP = 0
Sum = Annotated[int, mapped_column(BigInteger, server_default="0")]


class DailyFigures(tenancy.Owned, Model):
    """What the counted lines of one day in one shop come to; `NO_SHOP` for those of none.

    `sums.py` says what each sum counts; they are signed.
    """

    __tablename__ = "daily_figures"
    __table_args__ = (company_table(),)

    business_day: Mapped[date] = mapped_column(Date, primary_key=True)
    vendor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    lines: Mapped[Sum]
    given: Mapped[Sum]
    used: Mapped[Sum]
    taken: Mapped[Sum]
    sales: Mapped[Sum]
    sales_minor: Mapped[Sum]
    issued: Mapped[Sum]
    redeemed: Mapped[Sum]
    adjusted: Mapped[Sum]
    returned: Mapped[Sum]
    lapsed: Mapped[Sum]
    forgiven: Mapped[Sum]
    brought: Mapped[Sum]
