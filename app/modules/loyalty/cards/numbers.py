"""Card numbers: eleven random characters and a check character, `7KQ2-M9XP-4TDA`.

Crockford's base 32 (no I, L, O, U; a typed O is 0, I and L are 1), 55 random bits. The check
character is a sum in the field of 32 elements with the weights a, a², a³ …: every single
wrong character and every exchange of two different characters is caught.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_READ_AS = str.maketrans("OIL", "011")
_POLYNOMIAL = 0b100101  # x⁵ + x² + 1 is primitive: its root a has 31 different powers


def check_character(body: str) -> str:
    """The character that follows these eleven."""
    total = 0
    for character in reversed(body):
        total = _times_a(total ^ _VALUE[character])  # Horner's rule
    return ALPHABET[total]


def _times_a(element: int) -> int:
    doubled = element << 1
    return doubled ^ _POLYNOMIAL if doubled & 0b100000 else doubled


def new_number() -> str:
    """A fresh number, unguessable: 55 bits from the system's generator."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def typed(text: str) -> str:
    """What a person typed or a scanner read, as a number is stored: no gaps, upper case."""
    return "".join(text.split()).replace("-", "").upper().translate(_READ_AS)


def is_number(text: str) -> bool:
    """Whether twelve stored characters are a number at all, their check character included."""
    return (
        len(text) == LENGTH
        and all(character in _VALUE for character in text)
        and check_character(text[:-1]) == text[-1]
    )


def shown(number: str) -> str:
    """In groups of four, as on the card."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))
