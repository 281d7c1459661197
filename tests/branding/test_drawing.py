"""What is drawn where: initials, grounds, and how much is kept in memory."""

import pytest

from app.modules.loyalty.branding import drawing, files
from tests.branding.easel import drawn, opened


@pytest.mark.parametrize(
    ("name", "letter"),
    [("Maison", "M"), ("élan", "E"), ("3 Sœurs", "3"), ("«Bio»", "B"), ("あ", "")],
)
def test_the_initial_is_one_that_can_be_drawn(name: str, letter: str) -> None:
    assert drawing.initial(name) == letter


@pytest.mark.parametrize(
    ("logo", "expected"),
    [
        (drawn((300, 300), "#102030"), "#ffffff"),
        (drawn((300, 300), "#fdfdfd"), "#761a3a"),
        (drawn((300, 300), "#fdfdfd", on="#004400"), "#004400"),
    ],
)
def test_a_logo_stands_on_a_ground_that_shows_it(logo: bytes, expected: str) -> None:
    assert drawing.ground(opened(logo), "#761a3a") == expected


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_IN_MEMORY", 3)
    shelf = files._Shelf()
    for at in range(5):
        shelf.put((1, "a", str(at)), b"x")
    assert [shelf.get((1, "a", str(at))) for at in range(5)] == [None, None, b"x", b"x", b"x"]
