"""Every picture that a platform or a page asks for, made of the company's logo, strip and colour.

What a company looks like is one value, its `Look`; whatever of it a picture shows is in the key by
which the picture has its address. Sizes are pixels, pictures PNG of 256 colours.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from .... import tenancy
from ....accounts import companies
from ....extensions import db
from .. import programs
from ..programs.brand import Brand
from . import drawing, files, images
from .models import LOGO, STRIP, BrandImage

RECIPE = 1  # raise it with what the pictures look like: they then have new addresses
WIDEST_TILE = 2.5  # a logo wider than this many times its height is no picture in a square
_ICON, _STRIP, _HERO = 29, (375, 144), (1032, 336)
GOOGLE_LOGO, GOOGLE_HERO = "google-logo", "google-hero"
PAGE_LOGO, PAPER_LOGO = "logo@2x", "logo@3x"
_SCALES = {"": 1, "@2x": 2, "@3x": 3}
_APP_SIZES = (180, 192, 512)
_GOOGLE_LOGO = 660
# Of a square: what is left for the drawing when the platform cuts a circle, or nothing, out of it.
_IN_CIRCLE, _IN_SQUARE, _IN_MASK = 0.66, 0.84, 0.6


@dataclass(frozen=True)
class Look:
    """What all pictures of a company follow from; `logo` and `strip` are their digests."""

    logo: str | None
    strip: str | None
    colour: str
    initial: str

    def key(self, name: str) -> str:
        """What the picture of this name has its address by, 64 hex digits: another one where it
        would look different, and the same for ever where it would not. Raises KeyError."""
        of = {LOGO: [self.logo], STRIP: [self.strip], None: [self.logo, self.colour, self.initial]}
        told = [tenancy.company_id(), RECIPE, _NAMES[name].needs, *of[_NAMES[name].needs]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def path(self, slug: str, name: str) -> str | None:
        """Where that picture is served to everybody; None where there is none."""
        return images.path(slug, self.key(name), name) if self.has(name) else None

    def has(self, name: str) -> bool:
        """Whether there is such a picture of this look."""
        there = {None, *(kind for kind, of in ((LOGO, self.logo), (STRIP, self.strip)) if of)}
        return name in _NAMES and _NAMES[name].needs in there


@dataclass(frozen=True, slots=True)
class PageLogo:
    """A logo as a page or a mail shows it: twice as sharp as it is large. `path` begins with /;
    the sizes are CSS pixels."""

    path: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Made:
    """How a picture is made: of the logo, of the strip, or of what there is (`needs` None)."""

    needs: str | None
    make: "Make"


class _Source:
    """A look with its pictures, each loaded once and only where it is needed."""

    def __init__(self, look: Look) -> None:
        self.look = look

    @cached_property
    def logo(self) -> Image.Image:
        return _loaded(LOGO, self.look.logo)

    @cached_property
    def strip(self) -> Image.Image:
        return _loaded(STRIP, self.look.strip)

    def square(self, side: int, *, share: float) -> Image.Image:
        """The logo on its ground, or the initial: also where the logo is too wide to be seen."""
        if self.look.logo and self.logo.width <= WIDEST_TILE * self.logo.height:
            on = drawing.ground(self.logo, self.look.colour)
            return drawing.tile(self.logo, side, ground=on, share=share)
        return drawing.initial_tile(
            self.look.initial, side, colour=self.look.colour, share=min(1.0, share / _IN_SQUARE)
        )


Make = Callable[[_Source], Image.Image]


def look(brand: Brand | None = None, name: str | None = None) -> Look:
    """The acting company's look now; `brand` and `name` where the caller has them already."""
    colour = brand.company if brand else programs.current().card_color.lower()
    called = companies.acting().name if name is None else name
    there = images.digests()
    return Look(there.get(LOGO), there.get(STRIP), colour, drawing.initial(called))


def png(look: Look, name: str) -> bytes:
    """One picture of the acting company's look: from memory, else from its file, else made.

    Raises KeyError where the look has none of that name, LookupError where the picture it is made
    of is no longer the company's.
    """
    if not look.has(name):
        raise KeyError(name)
    return files.read(look.key(name), name) or _make(_Source(look), name)


def page_logo(slug: str, name: str = PAGE_LOGO) -> PageLogo | None:
    """The acting company's, of this slug; None where it has none, and its name stands instead."""
    kept = images.kept().get(LOGO)
    if kept is None:
        return None
    key = Look(kept.digest, None, "", "").key(name)
    return PageLogo(images.path(slug, key, name), *kept.boxed)


def for_apple(brand: Brand, name: str) -> dict[str, bytes]:
    """The images of a pass, by file name: `icon`, and `logo` and `strip` where they were uploaded,
    each in three scales. `name` is the company's."""
    present, found = look(brand, name), {}
    source = _Source(present)
    for each in (name for name in _FOR_APPLE if present.has(name)):
        found[f"{each}.png"] = files.read(present.key(each), each) or _make(source, each)
    return found


def icon(size: int, *, maskable: bool = False) -> bytes:
    """The square that stands for the acting company on a home screen: 180, 192 or 512; raises
    KeyError for others. `maskable`: with room for the platform to cut a shape out of it."""
    return png(look(), icon_name(size, maskable=maskable))


def icon_name(size: int, *, maskable: bool = False) -> str:
    return f"{'maskable' if maskable else 'app'}-{size}"


def _make(source: _Source, name: str) -> bytes:
    content = drawing.quantised(_NAMES[name].make(source))
    files.write(source.look.key(name), name, content)
    return content


def _loaded(kind: str, digest: str | None) -> Image.Image:
    """The kept picture; raises LookupError where it was replaced since."""
    kept = db.session.get(BrandImage, (tenancy.company_id(), kind), populate_existing=True)
    if kept is None or kept.digest != digest:
        raise LookupError(kind)
    return Image.open(io.BytesIO(kept.png), formats=["PNG"]).convert("RGBA")


def _square(side: int, share: float) -> Make:
    return lambda source: source.square(side, share=share)


def _logo(scale: int) -> Make:
    box = (images.LOGO_BOX[0] * scale, images.LOGO_BOX[1] * scale)
    return lambda source: drawing.contained(source.logo, box)


def _strip(box: drawing.Size, scale: int = 1) -> Make:
    return lambda source: drawing.covering(source.strip, (box[0] * scale, box[1] * scale))


def _names() -> dict[str, _Made]:
    found = {}
    for suffix, scale in _SCALES.items():
        found[f"icon{suffix}"] = _Made(None, _square(_ICON * scale, _IN_SQUARE))
        found[f"logo{suffix}"] = _Made(LOGO, _logo(scale))
        found[f"strip{suffix}"] = _Made(STRIP, _strip(_STRIP, scale))
    for side in _APP_SIZES:
        found[icon_name(side)] = _Made(None, _square(side, _IN_SQUARE))
        found[icon_name(side, maskable=True)] = _Made(None, _square(side, _IN_MASK))
    found[GOOGLE_LOGO] = _Made(None, _square(_GOOGLE_LOGO, _IN_CIRCLE))
    found[GOOGLE_HERO] = _Made(STRIP, _strip(_HERO))
    return found


_NAMES = _names()
NAMES = tuple(_NAMES)
_FOR_APPLE = tuple(f"{kind}{scale}" for kind in ("icon", LOGO, STRIP) for scale in _SCALES)
