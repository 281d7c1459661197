"""How a look reads: figures that an editor tells its user, and decides nothing by."""

from dataclasses import dataclass

from PIL import Image

from ..programs.brand import contrast, readable_on
from . import drawing
from .models import LOGO, STRIP
from .recipes import Source

NEEDED, SEEN = 4.5, 3.0  # WCAG 2.2: of text, and of large text and what is drawn
SHARP_STRIP = 1125  # pixels wide: three for each point of a pass
_SAMPLE = (125, 48)


@dataclass(frozen=True, slots=True)
class Judged:
    """Contrasts are WCAG's, 1 to 21; None where there is nothing to be judged."""

    text: float  # the readable text on the card's colour
    logo: float | None  # a logo without a ground of its own, on that colour
    strip: float | None  # the same text on the part of the strip where it stands
    has_tile: bool  # the logo can stand in a square
    strip_width: int | None  # pixels


def judged(source: Source) -> Judged:
    """Of a look, kept or tried."""
    colour = source.look.colour
    ink = readable_on(colour)
    strip = source.strip if source.look.digest(STRIP) else None
    return Judged(
        text=contrast(ink, colour),
        logo=_shown(source.logo, colour) if source.look.digest(LOGO) else None,
        strip=contrast(ink, drawing.mean(_behind_text(strip))) if strip else None,
        has_tile=source.has_tile,
        strip_width=strip.width if strip else None,
    )


def _shown(logo: Image.Image, colour: str) -> float | None:
    return None if drawing.has_ground(logo) else contrast(drawing.mean(logo), colour)


def _behind_text(strip: Image.Image) -> Image.Image:
    """The left two thirds of what a pass shows of it."""
    small = drawing.covering(strip, _SAMPLE)
    return small.crop((0, 0, _SAMPLE[0] * 2 // 3, _SAMPLE[1]))
