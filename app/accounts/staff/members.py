"""Staff members: who they are and where they work."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, String, true
from sqlalchemy.orm import Mapped, mapped_column

from ... import clock, tenancy, text
from ...database import Model, UtcDateTime, belongs_to, company_table, server_now
from ...errors import NotFound
from ...extensions import db
from ...ids import new_id


class StaffMember(tenancy.Tenant, Model):
    """A person behind the counter; without a vendor they work in every shop."""

    __tablename__ = "staff_members"
    __table_args__ = (
        company_table(),
        belongs_to("vendors", "vendor_id"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("role IN ('staff', 'manager')", name="role"),
    )

    vendor_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(8), server_default="staff", default="staff")
    active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


def create(*, name: str, vendor_id: int | None, role: str = "staff") -> StaffMember:
    """A new staff member of the acting company; raises `Invalid`."""
    member = StaffMember(id=new_id(), name=text.name(name), vendor_id=vendor_id, role=role)
    db.session.add(member)
    return member


def activate(member: StaffMember) -> None:
    """Back at the counter, with the PIN as it was."""
    member.active = True


def find(staff_id: int) -> StaffMember:
    """The acting company's staff member; raises `NotFound`."""
    member = db.session.get(StaffMember, (tenancy.company_id(), staff_id))
    if member is None:
        raise NotFound("There is no such person.")
    return member
