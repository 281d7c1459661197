"""Users, what they are in each company, and the browsers they are signed in with."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from ... import clock, tenancy
from ...database import Model, UtcDateTime, belongs_to, company_table, server_now
from ...ids import new_id


class User(Model):
    """A person who signs in. One person, any number of companies."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("failures BETWEEN 0 AND 1000", name="failures"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(72))
    pepper_version: Mapped[int] = mapped_column(SmallInteger)
    is_operator: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What the link to a new password depends on, and until when it is good.
    reset_salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    reset_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


class Membership(tenancy.Tenant, Model):
    """What a user may do in a company: everything (admin) or one shop (manager)."""

    __tablename__ = "memberships"
    __table_args__ = (
        company_table(),
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="RESTRICT"),
        belongs_to("vendors", "vendor_id"),
        UniqueConstraint("company_id", "user_id"),
        CheckConstraint("role IN ('admin', 'manager')", name="role"),
        CheckConstraint("role = 'admin' OR vendor_id IS NOT NULL", name="manager_has_vendor"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    role: Mapped[str] = mapped_column(String(8))
    vendor_id: Mapped[int | None] = mapped_column(BigInteger)
    # Since when they may do nothing here any more.
    off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UserSession(Model):
    """One signed-in browser."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
