"""Vendors: the shops of a company. A vendor's zone decides its business day."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, company_table, server_now
from ..errors import Invalid, NotFound
from ..extensions import db
from .companies import checked_timezone


class Vendor(tenancy.Tenant, Model):
    """One shop."""

    __tablename__ = "vendors"
    __table_args__ = (
        company_table(),
        UniqueConstraint("company_id", "slug"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
    )

    slug: Mapped[str] = mapped_column(String(48))
    name: Mapped[str] = mapped_column(String(80))
    timezone: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(200), server_default="", default="")
    status: Mapped[str] = mapped_column(String(8), server_default="open", default="open")
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


def create(*, slug: str, name: str, timezone: str, address: str = "") -> Vendor:
    """A new shop of the acting company; raises `Invalid` naming every unusable field."""
    vendor = Vendor(**_checked(slug=slug, name=name, timezone=timezone, address=address))
    if by_slug(vendor.slug):
        raise Invalid({"slug": f"got {vendor.slug!r}, which another of your shops has"})
    db.session.add(vendor)
    return vendor


def change(
    vendor: Vendor, *, name: str, timezone: str, address: str = "", status: str = "open"
) -> None:
    """Correct a shop, or nothing of it: raises `Invalid` naming every unusable field. Past
    lines keep the business day they were written with."""
    clean = _checked(name=name, timezone=timezone, address=address, status=status)
    for field, value in clean.items():
        setattr(vendor, field, value)


def _checked(**typed: str) -> dict[str, str]:
    """The fields as they are kept; raises one `Invalid` for all that are not usable."""
    clean: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, value in typed.items():
        try:
            clean[field] = _CHECKS[field](value)
        except Invalid as fault:
            errors |= fault.errors
    if errors:
        raise Invalid(errors)
    return clean


def _checked_address(value: str) -> str:
    return text.name(value, "address", longest=200) if value.strip() else ""


def _checked_status(value: str) -> str:
    if value not in ("open", "closed"):
        raise Invalid({"status": f"got {value[:20]!r}, expected open or closed"})
    return value


_CHECKS: dict[str, Callable[[str], str]] = {
    "slug": text.slug,
    "name": text.name,
    "timezone": checked_timezone,
    "address": _checked_address,
    "status": _checked_status,
}


def by_slug(slug: str) -> Vendor | None:
    return db.session.scalar(select(Vendor).where(Vendor.slug == slug))


def find(slug: str) -> Vendor:
    """The acting company's shop; raises `NotFound`."""
    vendor = by_slug(slug)
    if vendor is None:
        raise NotFound("There is no such shop.")
    return vendor


def every(*, open_only: bool = False) -> Sequence[Vendor]:
    """The company's shops by name."""
    query = select(Vendor).order_by(Vendor.name, Vendor.id)
    return db.session.scalars(query.where(Vendor.status == "open") if open_only else query).all()
