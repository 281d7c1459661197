"""Every picture that a platform or a page asks for: made once, kept, and made again where it is
missing. PNG of 256 colours.
"""

from dataclasses import dataclass

from ....accounts import companies
from .. import programs
from ..programs.brand import Brand
from . import drawing, files, images
from .models import LOGO, STRIP
from .recipes import GOOGLE_HERO, GOOGLE_LOGO, RECIPES, SCALES, Look, Source, icon_name

__all__ = [
    "GOOGLE_HERO",
    "GOOGLE_LOGO",
    "NAMES",
    "PAGE_LOGO",
    "PAGE_STRIP",
    "PAPER_LOGO",
    "Look",
    "PageLogo",
    "Source",
    "drawn",
    "for_apple",
    "icon",
    "icon_name",
    "look",
    "page_logo",
    "png",
]

NAMES = tuple(RECIPES)
PAGE_LOGO, PAPER_LOGO, PAGE_STRIP = "logo@2x", "logo@3x", "strip@2x"
_FOR_APPLE = tuple(f"{kind}{scale}" for kind in ("icon", LOGO, STRIP) for scale in SCALES)


@dataclass(frozen=True, slots=True)
class PageLogo:
    """A logo as a page or a mail shows it: twice as sharp as it is large. `path` begins with /;
    the sizes are CSS pixels."""

    path: str
    width: int
    height: int


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
    return _kept(Source(look), name)


def drawn(source: Source, name: str) -> bytes:
    """The same for a look that is only tried: made anew, and kept nowhere."""
    return drawing.quantised(RECIPES[name].make(source))


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
    present = look(brand, name)
    source = Source(present)
    return {f"{each}.png": _kept(source, each) for each in _FOR_APPLE if present.has(each)}


def icon(size: int, *, maskable: bool = False) -> bytes:
    """The square that stands for the acting company on a home screen: 180, 192 or 512; raises
    KeyError for others. `maskable`: with room for the platform to cut a shape out of it."""
    return png(look(), icon_name(size, maskable=maskable))


def _kept(source: Source, name: str) -> bytes:
    key = source.look.key(name)
    content = files.read(key, name)
    if content is None:
        content = drawn(source, name)
        files.write(key, name, content)
    return content
