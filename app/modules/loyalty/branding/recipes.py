"""The pictures by name, what each is made of, and what its address follows from.

What a company looks like is one value, its `Look`; whatever of it a picture shows is in the key by
which the picture has its address. Sizes are pixels.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from .... import tenancy
from ....extensions import db
from . import drawing, images
from .models import LOGO, STRIP, BrandImage

RECIPE = 1  # raise it with what the pictures look like: they then have new addresses
GOOGLE_LOGO, GOOGLE_HERO = "google-logo", "google-hero"
WIDEST_TILE = 1.6  # a logo wider than this many times its height is no picture in a square
SCALES = {"": 1, "@2x": 2, "@3x": 3}
_ICON, _STRIP, _HERO, _GOOGLE_LOGO = 29, (375, 144), (1032, 336), 660
_APP_SIZES = (180, 192, 512)
# Of a square: what the drawing takes up; less where the platform cuts a circle or a shape out.
_IN_SQUARE, _IN_CIRCLE, _IN_MASK = 0.84, 0.66, 0.6


@dataclass(frozen=True, slots=True)
class Look:
    """What all pictures of a company follow from; `logo` and `strip` are their digests."""

    logo: str | None
    strip: str | None
    colour: str
    initial: str

    def has(self, name: str) -> bool:
        """Whether there is such a picture of this look."""
        return name in RECIPES and RECIPES[name].needs in {None, *self._there}

    def key(self, name: str) -> str:
        """What the picture of this name has its address by, 64 hex digits: another one where it
        would look different, and the same for ever where it would not. Raises KeyError."""
        of = {LOGO: [self.logo], STRIP: [self.strip], None: [self.logo, self.colour, self.initial]}
        needs = RECIPES[name].needs
        told = [tenancy.company_id(), RECIPE, needs, *of[needs]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def path(self, slug: str, name: str) -> str | None:
        """Where that picture is served to everybody; None where there is none."""
        return images.path(slug, self.key(name), name) if self.has(name) else None

    def digest(self, kind: str) -> str | None:
        return self._there.get(kind)

    @property
    def _there(self) -> dict[str, str]:
        return {kind: of for kind, of in ((LOGO, self.logo), (STRIP, self.strip)) if of}


class Source:
    """A look with its pictures. `fresh` are such as were just uploaded and are not kept."""

    def __init__(self, look: Look, fresh: dict[str, bytes] | None = None) -> None:
        self.look, self._fresh = look, fresh or {}

    @cached_property
    def logo(self) -> Image.Image:
        return self._loaded(LOGO)

    @cached_property
    def strip(self) -> Image.Image:
        return self._loaded(STRIP)

    @property
    def has_tile(self) -> bool:
        """Whether the logo can stand in a square."""
        return bool(self.look.logo) and self.logo.width <= WIDEST_TILE * self.logo.height

    def square(self, side: int, *, share: float) -> Image.Image:
        """The logo on its ground, or the initial: also where the logo is too wide to be seen."""
        if self.has_tile:
            on = drawing.ground(self.logo, self.look.colour)
            return drawing.tile(self.logo, side, ground=on, share=share)
        return drawing.initial_tile(
            self.look.initial, side, colour=self.look.colour, share=min(1.0, share / _IN_SQUARE)
        )

    def _loaded(self, kind: str) -> Image.Image:
        """Raises LookupError where the kept picture was replaced since."""
        png = self._fresh.get(kind)
        if png is None:
            key = (tenancy.company_id(), kind)
            kept = db.session.get(BrandImage, key, populate_existing=True)
            if kept is None or kept.digest != self.look.digest(kind):
                raise LookupError(kind)
            png = kept.png
        return Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA")


Make = Callable[[Source], Image.Image]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a picture is made: of the logo, of the strip, or of what there is (`needs` None)."""

    needs: str | None
    make: Make


def icon_name(size: int, *, maskable: bool = False) -> str:
    """The square of a home screen: 180, 192 or 512."""
    return f"{'maskable' if maskable else 'app'}-{size}"


def _square(side: int, share: float) -> Recipe:
    return Recipe(None, lambda source: source.square(side, share=share))


def _logo(scale: int) -> Recipe:
    box = (images.LOGO_BOX[0] * scale, images.LOGO_BOX[1] * scale)
    return Recipe(LOGO, lambda source: drawing.contained(source.logo, box))


def _strip(box: drawing.Size, scale: int = 1) -> Recipe:
    size = (box[0] * scale, box[1] * scale)
    return Recipe(STRIP, lambda source: drawing.covering(source.strip, size))


def _every() -> dict[str, Recipe]:
    found = {}
    for suffix, scale in SCALES.items():
        found[f"icon{suffix}"] = _square(_ICON * scale, _IN_SQUARE)
        found[f"logo{suffix}"] = _logo(scale)
        found[f"strip{suffix}"] = _strip(_STRIP, scale)
    for side in _APP_SIZES:
        found[icon_name(side)] = _square(side, _IN_SQUARE)
        found[icon_name(side, maskable=True)] = _square(side, _IN_MASK)
    found[GOOGLE_LOGO] = _square(_GOOGLE_LOGO, _IN_CIRCLE)
    found[GOOGLE_HERO] = _strip(_HERO)
    return found


RECIPES = _every()
