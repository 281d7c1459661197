"""An uploaded picture: checked by what it is, not by its name, and made anew.

What is kept is drawn from the pixels alone: no metadata, no second frame, nothing that was hung
behind the picture. Everything that is refused says what came and what was expected.
"""

import hashlib
import io
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass

from flask_babel import gettext as _
from PIL import Image, ImageCms, ImageOps

from ....errors import Invalid
from .models import LARGEST, LOGO

LARGEST_UPLOAD = 2_000_000  # bytes
MOST_PIXELS = 20_000_000  # of the picture that comes, before it is unpacked
LEAST_SIDE, MOST_SIDE = 120, 1320  # pixels: what may come, and what is kept
LONGEST = 12  # times its shorter side
MOST_SCANS = 64  # of a progressive JPEG: each costs a pass over all pixels
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_MOST_MILLIONS = MOST_PIXELS // 1_000_000
_SHRINK = 0.8
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
warnings.simplefilter("error", Image.DecompressionBombWarning)  # Pillow only says so and goes on
_SRGB = ImageCms.createProfile("sRGB")
_PLAIN = ("L", "RGB", "CMYK")  # nothing to be cut off first, and to be scaled as it is
# Four bytes a pixel, several times over: half a gigabyte for a file of 90 kB. Not twice at once.
_one_at_a_time = threading.Lock()
_SCAN = b"\xff\xda"
# What Pillow raises about a picture that is broken, each codec in its own way.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture as it is kept: PNG in sRGB, 8 bits a channel."""

    png: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return hashlib.sha256(self.png).hexdigest()


def read(kind: str, content: bytes) -> Upload:
    """The upload as it may be kept as this kind; raises `Invalid` naming the kind as the field."""
    try:
        with _one_at_a_time:
            return _written(_drawn(kind, content))
    except ValueError as fault:
        raise Invalid({kind: str(fault)}) from None


def _drawn(kind: str, content: bytes) -> Image.Image:
    """The pixels; raises ValueError with what came and what was expected."""
    if not content:
        raise ValueError(_("The file is empty. Expected a PNG, JPEG or WebP picture."))
    if len(content) > LARGEST_UPLOAD:
        raise ValueError(too_large(len(content)))
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except _BOMBS:
        raise ValueError(
            _("It unpacks to far more than %(most)s million pixels.", most=_MOST_MILLIONS)
        ) from None
    except _BROKEN:
        raise ValueError(_what_it_is(content)) from None
    _check_size(*picture.size)
    if picture.format in ("JPEG", "MPO") and content.count(_SCAN) > MOST_SCANS:
        raise ValueError(_broken())
    try:
        picture.seek(0)
        if picture.mode in _PLAIN and "transparency" not in picture.info:
            # A photograph is unpacked no larger than it will be, which is a tenth of the memory.
            picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
        picture.load()
        drawn = _in_srgb(_upright(picture))
    except _BROKEN:
        raise ValueError(_broken()) from None
    box = drawn.getchannel("A").getbbox()
    if box is None:
        raise ValueError(_("Every pixel of it is transparent: there is nothing to see."))
    return drawn.crop(box) if kind == LOGO else drawn


def too_large(size: int) -> str:
    return _(
        "It has %(came)s MB, expected at most %(most)s MB. Export it smaller, at %(side)s pixels"
        " wide.",
        came=_megabytes(size),
        most=_megabytes(LARGEST_UPLOAD),
        side=MOST_SIDE,
    )


def _check_size(width: int, height: int) -> None:
    figures = {"width": width, "height": height}
    if width * height > MOST_PIXELS:
        raise ValueError(
            _(
                "It has %(width)s × %(height)s pixels, expected at most %(most)s million in all.",
                **figures,
                most=_MOST_MILLIONS,
            )
        )
    if max(width, height) > LONGEST * min(width, height):
        raise ValueError(
            _(
                "It has %(width)s × %(height)s pixels: nobody could see what is on it. Expected at"
                " most %(times)s times as long as it is narrow.",
                **figures,
                times=LONGEST,
            )
        )
    if min(width, height) < LEAST_SIDE:
        raise ValueError(
            _(
                "It has %(width)s × %(height)s pixels, expected at least %(least)s each way.",
                **figures,
                least=LEAST_SIDE,
            )
        )


def _what_it_is(content: bytes) -> str:
    """What to do about a file that is none of ours."""
    begins = content[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in content[:5_000]:
        return _(
            "This is an SVG drawing, which wallets do not show. Export it as PNG, %(side)s pixels"
            " wide, with a transparent background.",
            side=MOST_SIDE,
        )
    if content[4:8] == b"ftyp":
        return _("This is a HEIC or AVIF picture or a film. Export it as JPEG or PNG.")
    if begins.startswith(b"%pdf"):
        return _("This is a PDF. Export the picture in it as PNG.")
    known = (b"\x89png", b"\xff\xd8\xff", b"gif8", b"riff")
    return _broken() if begins.startswith(known) else _("Expected a PNG, JPEG or WebP picture.")


def _broken() -> str:
    return _("The picture cannot be read to its end: the file is damaged. Export it once more.")


def _upright(picture: Image.Image) -> Image.Image:
    """As its camera says it is to be held."""
    profile = picture.info.get("icc_profile")
    turned = ImageOps.exif_transpose(picture)
    turned.info["icc_profile"] = profile
    return turned


def _in_srgb(picture: Image.Image) -> Image.Image:
    """RGBA of 8 bits, in the one colour space that all screens take for granted."""
    picture = _eight_bits(picture)
    profile = picture.info.get("icc_profile")
    if picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    whole = picture.convert("RGBA") if picture.mode != "CMYK" else None
    colours = picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            colours = ImageCms.profileToProfile(colours, own, _SRGB, outputMode="RGB") or colours
        except ImageCms.PyCMSError:
            pass  # a profile for other channels, or none: the numbers are taken as they are
    clean = colours.convert("RGB").convert("RGBA")
    if whole is not None:
        clean.putalpha(whole.getchannel("A"))
    return clean


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of 16 bits is scaled down; Pillow would cut it off."""
    if not picture.mode.startswith("I"):
        return picture
    profile = picture.info.get("icc_profile")
    grey = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    grey.info = {"icc_profile": profile}
    return grey


def _written(picture: Image.Image) -> Upload:
    """As PNG, as large as fits into what is kept."""
    picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    if picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert("RGB")
    while True:
        out = io.BytesIO()
        bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
        bare.save(out, "PNG")
        if out.tell() <= LARGEST:
            return Upload(out.getvalue(), *picture.size)
        width, height = picture.size
        smaller = (max(1, int(width * _SHRINK)), max(1, int(height * _SHRINK)))
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)


def _megabytes(size: int) -> str:
    """Rounded up: what is too large never reads as what is allowed."""
    whole, tenths = divmod(-(-size // 100_000), 10)
    return f"{whole}.{tenths}" if tenths else str(whole)
