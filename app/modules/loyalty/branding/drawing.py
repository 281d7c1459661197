"""Pictures from pictures: fitted, cut, padded, and an initial where there is none.

Pure functions of Pillow's images, all RGBA; colours are such as `#761a3a`. The same input gives
the same bytes on every machine that has the same Pillow.
"""

import io
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from ..programs.brand import WHITE, contrast, readable_on

Size = tuple[int, int]
_COLOURS = 256
_OPAQUE = 255
_SEEN = 128  # alpha from which a pixel counts as drawn
_SAMPLE = 48  # pixels a side: what a ground is judged by
_CLOSE = 12  # steps of a channel that nobody sees between two corners
_INITIAL_SHARE = 0.58  # of a tile's side: the letter's height, roughly


def contained(picture: Image.Image, box: Size) -> Image.Image:
    """The whole picture, as large as it fits into the box, in its own proportions."""
    width, height = picture.size
    scale = min(box[0] / width, box[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def covering(picture: Image.Image, box: Size) -> Image.Image:
    """The picture's middle, cut so that it fills the box."""
    width, height = picture.size
    scale = max(box[0] / width, box[1] / height)
    across, down = box[0] / scale, box[1] / scale
    left, top = (width - across) / 2, (height - down) / 2
    cut = (left, top, left + across, top + down)
    return picture.resize(box, Image.Resampling.LANCZOS, box=cut)


def tile(picture: Image.Image, side: int, *, ground: str, share: float) -> Image.Image:
    """A square of the ground's colour with the picture in its middle, `share` of its side wide."""
    square = Image.new("RGBA", (side, side), ground)
    inner = contained(picture, (round(side * share), round(side * share)))
    at = ((side - inner.width) // 2, (side - inner.height) // 2)
    square.alpha_composite(inner, at)
    return square


def initial_tile(letter: str, side: int, *, colour: str, share: float = 1.0) -> Image.Image:
    """A square of the company's colour with its initial, readable; without a letter, a dot."""
    square = Image.new("RGBA", (side, side), colour)
    draw = ImageDraw.Draw(square)
    middle, ink = side / 2, readable_on(colour)
    if letter:
        font = ImageFont.load_default(side * share * _INITIAL_SHARE)
        left, top, right, bottom = draw.textbbox((0, 0), letter, font=font)
        at = (middle - (left + right) / 2, middle - (top + bottom) / 2)
        width = max(1, round(side * share / 36))  # the font is a light one
        draw.text(at, letter, font=font, fill=ink, stroke_width=width / 2, stroke_fill=ink)
    else:
        radius = side * share / 5
        draw.ellipse((middle - radius,) * 2 + (middle + radius,) * 2, fill=ink)
    return square


def initial(name: str) -> str:
    """`Élan` → `E`: the first letter or digit that the font at hand has, in upper case; else
    nothing."""
    plain = unicodedata.normalize("NFKD", name)
    return next((sign.upper() for sign in plain if sign.isascii() and sign.isalnum()), "")


def ground(picture: Image.Image, colour: str) -> str:
    """What a logo stands on: its own ground where it has one, else white, or the company's
    colour where white would swallow it."""
    small = contained(picture, (_SAMPLE, _SAMPLE))
    corners = _corners(small)
    if all(alpha == _OPAQUE for *_rgb, alpha in corners):
        return _hex(corners[0]) if _alike(corners) else WHITE
    drawn = mean(small)
    return colour if contrast(drawn, WHITE) < contrast(drawn, colour) else WHITE


def quantised(picture: Image.Image) -> bytes:
    """As PNG of at most 256 colours, which is a third of the bytes and looks the same."""
    if picture.getchannel("A").getextrema()[0] == _OPAQUE:
        few = picture.convert("RGB").quantize(_COLOURS, Image.Quantize.MEDIANCUT)
    else:
        few = picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _corners(picture: Image.Image) -> list[tuple[int, ...]]:
    right, bottom = picture.width - 1, picture.height - 1
    places = ((0, 0), (right, 0), (0, bottom), (right, bottom))
    return [picture.getpixel(place) for place in places]  # type: ignore[misc]


def _alike(pixels: list[tuple[int, ...]]) -> bool:
    channels = zip(*pixels, strict=True)
    return all(max(channel) - min(channel) <= _CLOSE for channel in channels)


def has_ground(picture: Image.Image) -> bool:
    """Whether it brings a ground of its own, corner to corner."""
    return all(alpha == _OPAQUE for *_rgb, alpha in _corners(picture))


def mean(picture: Image.Image) -> str:
    """The mean colour of what is drawn."""
    mask = picture.getchannel("A").point(lambda alpha: _OPAQUE if alpha >= _SEEN else 0)
    if not mask.getbbox():
        return WHITE
    histogram = picture.convert("RGB").histogram(mask)
    count = sum(histogram[:256])
    sums = (sum(v * n for v, n in enumerate(histogram[at : at + 256])) for at in (0, 256, 512))
    return _hex(tuple(total // count for total in sums))


def _hex(pixel: tuple[int, ...]) -> str:
    red, green, blue = pixel[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"
