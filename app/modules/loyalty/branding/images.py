"""Which pictures a company has."""

from sqlalchemy import select

from ....extensions import db
from .models import BrandImage


def digests() -> dict[str, str]:
    """The acting company's pictures: `{kind: digest}`."""
    return dict(db.session.execute(select(BrandImage.kind, BrandImage.digest)).all())
