"""The pictures as they are kept: re-encoded, in the database, so that a backup has them too.

The sizes that platforms want are made of these and lie in `MEDIA_DIR`, named by their content.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Model, UtcDateTime, company_table

LOGO, STRIP = "logo", "strip"
LARGEST = 2_000_000  # bytes of a kept picture


class BrandImage(tenancy.Owned, Model):
    """One picture of a company, as PNG."""

    __tablename__ = "brand_images"
    __table_args__ = (
        company_table(),
        CheckConstraint("kind IN ('logo', 'strip')", name="kind"),
        CheckConstraint("length(digest) = 64", name="digest"),
        CheckConstraint(f"length(png) <= {LARGEST}", name="size"),
    )

    kind: Mapped[str] = mapped_column(String(5), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of `png`, in hex
    png: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    uploaded_by: Mapped[int | None] = mapped_column(BigInteger)
