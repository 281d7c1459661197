"""Files that people upload, and files that nobody should: each drawn or bent on the spot."""

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from tests.branding.easel import drawn, written

SECRET = b"GPS 49.6116 6.1319"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes that says it has all these pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def many_scans() -> bytes:
    """A progressive JPEG with a scan for every hundredth of a second it wants to cost."""
    jpeg = written(Image.new("RGB", (400, 400), "#761a3a"), "JPEG", progressive=True)
    start = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[start:-2] * 200 + b"\xff\xd9"


def with_exif() -> bytes:
    """A photograph held sideways, which says where it was taken: 300 × 200 once it is upright."""
    picture = Image.new("RGB", (200, 300), "#ffffff")
    ImageDraw.Draw(picture).rectangle((0, 0, 200, 150), fill="#c00000")
    exif = picture.getexif()
    exif[0x0112] = 6  # to be turned a quarter, clockwise
    exif[0x010E] = SECRET.decode()
    return written(picture, "JPEG", exif=exif, comment=SECRET, quality=95)


def with_text() -> bytes:
    words = PngInfo()
    words.add_text("Comment", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return written(Image.new("RGBA", (300, 150), "#761a3a"), "PNG", pnginfo=words)


def with_archive() -> bytes:
    """A picture and an archive in one: unzip opens it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("payload.html", "<script>alert(1)</script>")
    return drawn((300, 150), "#761a3a") + out.getvalue()


def animated(format: str) -> bytes:
    frames = [Image.new("RGB", (200, 200), colour) for colour in ("#c00000", "#00c000")]
    return written(frames[0], format, save_all=True, append_images=frames[1:], duration=100)


def in_sixteen_bits() -> bytes:
    """Mid grey: cut off instead of scaled it would be white."""
    return written(Image.new("I;16", (200, 200), 0x8080), "PNG")


def in_another_space() -> bytes:
    """Grey numbers with a profile in which they are something else."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return written(Image.new("RGB", (200, 200), "#808080"), "JPEG", icc_profile=lab, quality=95)


def noise(side: int = 1320) -> bytes:
    """What no PNG makes small."""
    return written(Image.effect_noise((side, side), 90).convert("RGB"), "JPEG", quality=60)
