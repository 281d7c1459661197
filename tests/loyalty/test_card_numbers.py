"""Card numbers: unguessable, readable, and proof against a slip of the finger."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.modules.loyalty.cards.numbers import (
    ALPHABET,
    LENGTH,
    check_character,
    is_number,
    new_number,
    shown,
    typed,
)

numbers = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1).map(
    lambda body: body + check_character(body)
)


def test_every_single_wrong_character_is_caught() -> None:
    """All 12 places × 31 wrong characters of 50 numbers; the code is linear, so that is all."""
    for number in [new_number() for _ in range(50)]:
        for place, wrong in product(range(LENGTH), ALPHABET):
            if wrong != number[place]:
                assert not is_number(number[:place] + wrong + number[place + 1 :])


def test_every_exchange_of_two_characters_is_caught() -> None:
    """Of neighbours and of any two others: the 32 × 32 pairs in all 66 pairs of places."""
    for first, second in combinations(range(LENGTH - 1), 2):
        for one, other in product(ALPHABET, ALPHABET):
            if one != other:
                body = ["0"] * (LENGTH - 1)
                body[first], body[second] = one, other
                number = "".join(body) + check_character("".join(body))
                assert not is_number(_exchanged(number, first, second))


@given(numbers, st.integers(0, LENGTH - 2))
def test_an_exchange_with_the_check_character_is_caught(number: str, place: int) -> None:
    swapped = _exchanged(number, place, LENGTH - 1)
    assert is_number(swapped) == (swapped == number)


def _exchanged(number: str, first: int, second: int) -> str:
    letters = list(number)
    letters[first], letters[second] = letters[second], letters[first]
    return "".join(letters)


@given(numbers)
def test_what_a_person_types_is_read_back(number: str) -> None:
    for written in (
        shown(number),
        shown(number).lower(),
        f"  {shown(number)}\n",
        " ".join(number),
        number.replace("0", "O").replace("1", "I"),
        number.replace("0", "o").replace("1", "l"),
    ):
        assert typed(written) == number
        assert is_number(typed(written))


@pytest.mark.parametrize(
    "text", ["", "0", "0" * 11, "0" * 13, "U" * 12, "é" * 12, "²" * 12, "0" * 11 + "\0"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert not is_number(typed(text))


@given(st.text(max_size=40))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert is_number(typed(text)) in (True, False)


def test_numbers_are_new_and_use_every_character() -> None:
    made = {new_number() for _ in range(5_000)}
    assert len(made) == 5_000
    assert all(is_number(number) for number in made)
    for place in range(LENGTH):
        assert {number[place] for number in made} == set(ALPHABET)


def test_a_number_is_shown_in_groups_of_four() -> None:
    assert shown("7KQ2M9XP4TDA") == "7KQ2-M9XP-4TDA"
