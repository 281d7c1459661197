"""The pictures that are made of a company's logo, strip and colour, whoever asks for them."""

import hashlib
import shutil
import threading
from pathlib import Path

import pytest

from app.modules.loyalty.branding import BrandImage, files, images, pictures
from app.modules.loyalty.programs.brand import brand, contrast
from tests.branding.easel import drawn, opened
from tests.cast import Chain

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def give(chain: Chain, kind: str, png: bytes) -> str:
    """The chain has this picture; its digest."""
    digest = hashlib.sha256(png).hexdigest()
    width, height = opened(png).size
    with chain.acting() as session:
        what = {"digest": digest, "png": png, "width": width, "height": height}
        image = BrandImage(company_id=chain.company_id, kind=kind, **what)
        session.merge(image)
        session.commit()
    return digest


def media(chain: Chain) -> Path:
    found: Path = chain.app.config["SETTINGS"].media_dir
    return found / str(chain.company_id)


def for_apple(chain: Chain, colour: str = "#761A3A") -> dict[str, bytes]:
    with chain.acting():
        return pictures.for_apple(brand(colour), "Corner Bakery")


def test_every_size_of_a_pass_is_made_as_png_of_256_colours(chain: Chain) -> None:
    give(chain, "logo", drawn((900, 300), "#102030"))
    give(chain, "strip", drawn((800, 800), "#b07020", on="#ffffff"))
    sizes = {name: opened(png) for name, png in for_apple(chain).items()}
    assert {name: picture.size for name, picture in sizes.items()} == {
        "icon.png": (29, 29),
        "icon@2x.png": (58, 58),
        "icon@3x.png": (87, 87),
        "logo.png": (150, 50),
        "logo@2x.png": (300, 100),
        "logo@3x.png": (450, 150),
        "strip.png": (375, 144),
        "strip@2x.png": (750, 288),
        "strip@3x.png": (1125, 432),
    }
    assert {picture.mode for picture in sizes.values()} == {"P"}
    assert {picture.format for picture in sizes.values()} == {"PNG"}


def test_without_uploads_a_pass_has_an_icon_and_nothing_that_would_be_empty(chain: Chain) -> None:
    assert set(for_apple(chain)) == {"icon.png", "icon@2x.png", "icon@3x.png"}


@pytest.mark.parametrize("size", [180, 192, 512])
@pytest.mark.parametrize("maskable", [False, True])
def test_a_company_without_a_logo_stands_by_its_initial(
    chain: Chain, size: int, maskable: bool
) -> None:
    chain.publish(card_color="#F2C14E")
    with chain.acting():
        icon = opened(pictures.icon(size, maskable=maskable)).convert("RGB")
    assert icon.size == (size, size)
    colours = {f"#{r:02x}{g:02x}{b:02x}" for _n, (r, g, b) in icon.getcolors(1 << 18)}
    assert icon.getpixel((0, 0)) == (0xF2, 0xC1, 0x4E)
    assert max(contrast(each, "#f2c14e") for each in colours) >= 4.5


def test_an_icon_of_another_size_is_not_made(chain: Chain) -> None:
    with chain.acting(), pytest.raises(KeyError):
        pictures.icon(5_000)


def test_a_logo_too_wide_for_a_square_leaves_it_to_the_initial(chain: Chain) -> None:
    before = for_apple(chain)["icon.png"]
    give(chain, "logo", drawn((400, 200), "#102030"))
    assert for_apple(chain)["icon.png"] == before
    give(chain, "logo", drawn((300, 200), "#102030"))
    assert for_apple(chain)["icon.png"] != before


def test_a_picture_changes_its_address_with_what_it_shows_and_never_else(chain: Chain) -> None:
    def keys() -> dict[str, str]:
        with chain.acting():
            look = pictures.look()
            return {name: look.key(name) for name in ("icon", "logo", "strip")}

    def changed(before: dict[str, str]) -> set[str]:
        return {name for name, key in keys().items() if key != before[name]}

    before = keys()
    chain.publish(card_color="#123456")
    assert changed(before) == {"icon"}
    before = keys()
    give(chain, "logo", drawn((300, 300), "#102030"))
    assert changed(before) == {"icon", "logo"}
    before = keys()
    give(chain, "strip", drawn((300, 300), "#102030"))
    assert changed(before) == {"strip"}
    assert changed(keys()) == set()


def test_wiped_files_are_made_again_to_the_byte(chain: Chain) -> None:
    give(chain, "logo", drawn((300, 150), "#102030"))
    before = for_apple(chain)
    assert len(list(media(chain).rglob("*.png"))) == 6
    shutil.rmtree(media(chain))
    files.in_memory.clear()
    assert for_apple(chain) == before
    assert len(list(media(chain).rglob("*.png"))) == 6


def test_a_file_that_was_cut_off_is_not_served(chain: Chain) -> None:
    before = for_apple(chain)
    for file in media(chain).rglob("*.png"):
        file.write_bytes(file.read_bytes()[:-20])
    files.in_memory.clear()
    assert for_apple(chain) == before


def test_a_disk_that_takes_nothing_costs_no_picture(chain: Chain) -> None:
    media(chain).parent.mkdir(parents=True, exist_ok=True)
    media(chain).write_text("not a directory")
    assert len(for_apple(chain)) == 3
    files.in_memory.clear()
    assert len(for_apple(chain)) == 3


def test_of_earlier_looks_the_last_are_kept_and_no_more(chain: Chain) -> None:
    colours = [f"#{n}{n}{n}{n}{n}{n}" for n in range(9)]
    for colour in colours:
        for_apple(chain, colour)
    with chain.acting():
        newest = {pictures.look(brand(colour)).key("icon") for colour in colours[-files.KEPT :]}
    assert {each.name for each in media(chain).iterdir()} == newest


def test_many_at_once_make_one_whole_picture(chain: Chain) -> None:
    give(chain, "logo", drawn((600, 200), "#102030"))
    found: list[dict[str, bytes]] = []

    def make() -> None:
        files.in_memory.clear()
        found.append(for_apple(chain))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(each == found[0] for each in found)
    assert not list(media(chain).rglob("*.part"))


def test_pictures_of_another_company_are_not_found(chain: Chain, other_chain: Chain) -> None:
    give(other_chain, "logo", drawn((300, 300), "#102030"))
    with chain.acting():
        assert images.digests() == {}
        assert not pictures.look().has("logo")
        with pytest.raises(KeyError):
            pictures.png(pictures.look(), "logo")


def test_a_picture_that_was_replaced_meanwhile_is_not_made_of_another(chain: Chain) -> None:
    give(chain, "logo", drawn((300, 300), "#102030"))
    with chain.acting():
        old = pictures.look()
    give(chain, "logo", drawn((300, 300), "#ff2030"))
    with chain.acting(), pytest.raises(LookupError):
        pictures.png(old, "logo")
