"""Which pictures a company has."""

from sqlalchemy import select

from ....extensions import db
from .models import BrandImage


def digests() -> dict[str, str]:
    """The acting company's pictures: `{kind: digest}`."""
    return dict(db.session.execute(select(BrandImage.kind, BrandImage.digest)).all())


def path(slug: str, look: str, name: str) -> str:
    """Where the picture of a look is served to everybody, for ever: `look` is its digest."""
    return f"/s/{slug}/media/{look}/{name}.png"
