"""What may be uploaded, what becomes of it, and what is said of the rest."""

import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from PIL import Image

from app.errors import Invalid
from app.modules.loyalty.branding import LOGO, STRIP, uploads
from app.modules.loyalty.branding.uploads import Upload
from tests.branding import hostile
from tests.branding.easel import drawn, opened, written

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
CUT = drawn((400, 400), "#761a3a", on="#ffffff", format="JPEG")


@pytest.fixture(autouse=True)
def speaking(app: Flask) -> object:
    with app.test_request_context():
        yield


def mean(upload: Upload, box: tuple[int, int, int, int] | None = None) -> tuple[int, ...]:
    return tuple(
        round(c) for c in opened(upload.png).convert("RGB").resize((1, 1), 5, box).getpixel((0, 0))
    )


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (drawn((300, 150), "#761a3a"), (300, 150)),
        (drawn((300, 150), "#761a3a", format="WEBP"), (300, 150)),
        (drawn((300, 150), "#761a3a", on="#ffffff", format="JPEG"), (300, 150)),
        (drawn((300, 150), "#761a3a", on="#ffffff", format="GIF"), (300, 150)),
        (drawn((4_000, 2_000), "#761a3a", on="#ffffff", format="JPEG"), (1320, 660)),
        (hostile.with_exif(), (300, 200)),
        (hostile.with_text(), (300, 150)),
        (hostile.with_archive(), (300, 150)),
        (hostile.animated("GIF"), (200, 200)),
        (hostile.animated("WEBP"), (200, 200)),
        (hostile.animated("PNG"), (200, 200)),
        (hostile.in_sixteen_bits(), (200, 200)),
        (hostile.in_another_space(), (200, 200)),
        (written(Image.new("CMYK", (200, 200), (0, 255, 255, 0)), "JPEG"), (200, 200)),
        (written(Image.new("LA", (200, 200), (90, 200)), "PNG"), (200, 200)),
        (written(Image.new("1", (200, 200), 1), "PNG"), (200, 200)),
        (written(Image.new("P", (200, 200), 1), "PNG", transparency=0), (200, 200)),
    ],
    ids=lambda value: str(value) if isinstance(value, tuple) else "",
)
def test_a_picture_is_kept_as_a_clean_png(content: bytes, size: tuple[int, int]) -> None:
    kept = uploads.read(STRIP, content)
    picture = opened(kept.png)
    assert (kept.width, kept.height) == picture.size == size
    assert picture.format == "PNG"
    assert picture.mode in ("RGB", "RGBA")
    assert len(kept.png) <= 2_000_000
    assert set(picture.info) <= {"srgb"}, "something of the upload's own came along"
    assert hostile.SECRET not in kept.png
    assert kept.png.endswith(b"IEND\xaeB`\x82")
    assert not zipfile.is_zipfile(io.BytesIO(kept.png))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00" + bytes(500), "Expected a PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg onload='alert(1)'/>", "SVG"),
        (b"<html><script>alert(1)</script>", "Expected a PNG, JPEG or WebP"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
        (b"II*\x00" + bytes(100), "Expected a PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (CUT[: len(CUT) // 2], "damaged"),
        (drawn((300, 300), "#761a3a")[:-200], "damaged"),
        (drawn((300, 300), "#761a3a").replace(b"IDAT", b"IDAT\xff", 1), "damaged"),
        (hostile.bomb(5_000, 5_000), "5000 × 5000 pixels, expected at most 20 million"),
        (hostile.bomb(12_000, 12_000), "far more than 20 million"),
        (hostile.bomb(30_000, 30_000), "far more than 20 million"),
        (hostile.bomb(2**31 - 1, 2**31 - 1), "far more than 20 million"),
        (hostile.many_scans(), "damaged"),
        (drawn((119, 400), "#761a3a"), "119 × 400 pixels, expected at least 120"),
        (drawn((3_000, 125), "#761a3a"), "at most 12 times as long"),
        (written(Image.new("RGBA", (300, 300)), "PNG"), "nothing to see"),
        (drawn((300, 300), "#761a3a") + bytes(2_000_000), "2.1 MB, expected at most 2 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_of_ours_is_refused_with_what_was_expected(
    content: bytes, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        uploads.read(LOGO, content)
    assert set(refused.value.errors) == {LOGO}
    assert says in refused.value.errors[LOGO]


def test_a_photograph_held_sideways_is_turned_upright(app: Flask) -> None:
    kept = uploads.read(STRIP, hostile.with_exif())
    left, right = mean(kept, (0, 0, 140, 200)), mean(kept, (160, 0, 300, 200))
    assert right[0] > 180
    assert right[1] < 20
    assert min(left) > 240


def test_the_first_frame_of_a_film_is_the_picture(app: Flask) -> None:
    for format in ("GIF", "WEBP", "PNG"):
        red, green, _blue = mean(uploads.read(STRIP, hostile.animated(format)))
        assert red > 180, format
        assert green < 20, format


def test_grey_of_sixteen_bits_stays_grey(app: Flask) -> None:
    assert mean(uploads.read(STRIP, hostile.in_sixteen_bits())) == (128, 128, 128)


def test_colours_of_print_become_colours_of_a_screen(app: Flask) -> None:
    ink = Image.new("CMYK", (200, 200), (0, 255, 255, 0))
    red, green, blue = mean(uploads.read(STRIP, written(ink, "JPEG")))
    assert red > 200
    assert max(green, blue) < 60


def test_a_logo_loses_its_empty_margin_and_a_strip_keeps_it(app: Flask) -> None:
    picture = Image.new("RGBA", (600, 400))
    picture.paste("#761a3a", (100, 150, 500, 250))
    content = written(picture, "PNG")
    logo, strip = (opened(uploads.read(kind, content).png) for kind in (LOGO, STRIP))
    assert logo.size == (400, 100)
    assert strip.size == (600, 400)


def test_a_picture_that_stays_large_is_made_smaller_until_it_fits(app: Flask) -> None:
    content = hostile.noise()
    assert len(content) < uploads.LARGEST_UPLOAD
    kept = uploads.read(STRIP, content)
    assert len(kept.png) <= 2_000_000
    assert 120 < kept.width < 1320


def test_the_same_upload_is_kept_the_same(app: Flask) -> None:
    content = drawn((300, 150), "#761a3a")
    assert uploads.read(LOGO, content).digest == uploads.read(LOGO, content).digest


def test_pictures_are_unpacked_one_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 90 kB takes half a gigabyte meanwhile: some at once would end the server."""
    under_way, most, unpack = [0], [0], uploads._drawn

    def counted(kind: str, content: bytes) -> Image.Image:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.01)
        drawn = unpack(kind, content)
        under_way[0] -= 1
        return drawn

    monkeypatch.setattr(uploads, "_drawn", counted)
    picture = drawn((200, 200), "#c00000")
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda _: uploads.read("logo", picture), range(4)))
    assert len({each.digest for each in read}) == 1
    assert most == [1]
