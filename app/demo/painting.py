"""Maison Aubier's logo and strip, painted while seeding: an ear of wheat, its name, and a field.

The same strokes each time, so that the demo's pictures are the same wherever it is seeded.
"""

import io
import math

from PIL import Image, ImageDraw, ImageFont

_FINE = 2  # painted so many times larger, then drawn together: smooth edges
_CREAM, _WINE, _GRAIN = "#fbeedd", "#5c112c", "#7d2546"
_LOGO, _STRIP = (840, 368), (1320, 507)
_GRAINS = 5


def logo() -> bytes:
    """Cream on nothing: it stands on the card's own colour."""
    picture = Image.new("RGBA", (_LOGO[0] * _FINE, _LOGO[1] * _FINE))
    draw = ImageDraw.Draw(picture)
    _ear(draw, (150 * _FINE, 356 * _FINE), 340 * _FINE, _CREAM)
    for text, size, top in (("MAISON", 76, 58), ("AUBIER", 142, 166)):
        _spaced(draw, (262 * _FINE, top * _FINE), text, size * _FINE)
    return _as_png(picture, _LOGO)


def strip() -> bytes:
    """A field of ears in wine red, dark enough for white figures on it."""
    picture = Image.new("RGBA", (_STRIP[0] * _FINE, _STRIP[1] * _FINE), _WINE)
    draw = ImageDraw.Draw(picture)
    for column in range(11):
        foot = (column * 130 + 10) * _FINE, (_STRIP[1] + 40 + 34 * (column % 3)) * _FINE
        _ear(draw, foot, (330 + 46 * (column * 7 % 5)) * _FINE, _GRAIN)
    return _as_png(picture.convert("RGB"), _STRIP)


def _ear(draw: ImageDraw.ImageDraw, foot: tuple[int, int], tall: int, ink: str) -> None:
    """A stalk with pairs of grains, and one at its tip."""
    x, y = foot
    draw.line((x, y, x, y - tall * 0.8), fill=ink, width=max(2, tall // 46))
    for pair in range(_GRAINS):
        up = y - tall * (0.3 + 0.115 * pair)
        for side in (-1, 1):
            _grain(draw, (x + side * tall * 0.072, up), tall * 0.15, side * 0.55, ink)
    _grain(draw, (x, y - tall * 0.91), tall * 0.18, 0.0, ink)


def _grain(
    draw: ImageDraw.ImageDraw, middle: tuple[float, float], length: float, lean: float, ink: str
) -> None:
    """A pointed oval, leaning by so many radians."""
    outline = []
    for step in range(24):
        turn = step / 24 * math.tau
        along = -math.cos(turn) * length / 2
        across = math.sin(turn) * abs(math.sin(turn)) ** 0.5 * length * 0.21
        outline.append(
            (
                middle[0] + across * math.cos(lean) - along * math.sin(lean),
                middle[1] + across * math.sin(lean) + along * math.cos(lean),
            )
        )
    draw.polygon(outline, fill=ink)


def _spaced(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int) -> None:
    font = ImageFont.load_default(size)
    x, y = at
    for letter in text:
        draw.text((x, y), letter, font=font, fill=_CREAM, stroke_width=size / 60)
        x += round(font.getlength(letter) + size * 0.07)


def _as_png(picture: Image.Image, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
