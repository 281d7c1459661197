"""Which pictures a company has."""

from dataclasses import dataclass

from sqlalchemy import select

from ....extensions import db
from .models import BrandImage

LOGO_BOX = (160, 50)  # points, or CSS pixels: what a logo takes up at most


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture as it is kept; sizes in pixels."""

    digest: str
    width: int
    height: int

    @property
    def boxed(self) -> tuple[int, int]:
        """What a logo of these sizes takes up on a page, in CSS pixels."""
        scale = min(LOGO_BOX[0] / self.width, LOGO_BOX[1] / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


def kept() -> dict[str, Kept]:
    """The acting company's pictures, by kind."""
    columns = (BrandImage.kind, BrandImage.digest, BrandImage.width, BrandImage.height)
    rows = db.session.execute(select(*columns))
    return {row.kind: Kept(row.digest, row.width, row.height) for row in rows}


def digests() -> dict[str, str]:
    """The acting company's pictures: `{kind: digest}`."""
    return {kind: picture.digest for kind, picture in kept().items()}


def path(slug: str, key: str, name: str) -> str:
    """Where a picture is served to everybody; `key` is its look's."""
    return f"/s/{slug}/media/{key}/{name}.png"
