"""Pictures for tests, drawn on the spot."""

import io

from PIL import Image, ImageDraw

Size = tuple[int, int]


def drawn(size: Size, colour: str, on: str = "#00000000", format: str = "PNG") -> bytes:
    """A disc on a ground."""
    picture = Image.new("RGBA", size, on)
    ImageDraw.Draw(picture).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=colour)
    return written(picture if format in ("PNG", "WEBP") else picture.convert("RGB"), format)


def written(picture: Image.Image, format: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **how)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture
