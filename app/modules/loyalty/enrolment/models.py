"""Who was welcomed already, remembered without remembering the person."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Model, UtcDateTime, company_table, server_now


class WelcomeMark(tenancy.Owned, Model):
    """A keyed hash of a contact that had its welcome: it outlives leaving and erasure."""

    __tablename__ = "welcome_marks"
    __table_args__ = (company_table(),)

    contact_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )
