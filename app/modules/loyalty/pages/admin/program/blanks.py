"""What is typed into a blank, read exactly, and figures as a blank shows them.

Each reader raises ValueError with what was expected. No floating-point number comes near.
"""

import re
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from ......money import minor_digits

LONGEST_TYPED = 21_000
_WHOLE = re.compile("[0-9]{1,12}")
_DECIMAL = re.compile("([0-9]{1,13})(?:[.,]([0-9]{1,6}))?")


def whole(typed: str) -> int:
    """`1200`; no sign, no point, no other script's digits."""
    if not _WHOLE.fullmatch(typed):
        raise ValueError(_("got %(typed)r, expected a whole number", typed=typed[:20]))
    return int(typed)


def amount(typed: str, currency: str) -> int:
    """`3.50` or `3,50` → 350 where a unit has two decimals; never more decimals than it has."""
    digits = minor_digits(currency)
    return _scaled(typed, digits, f"{Decimal(350).scaleb(-2):.{digits}f}" if digits else "350")


def percent(typed: str) -> int:
    """`12.5` → 1,250 basis points."""
    return _scaled(typed, 2, "12.5")


def multiplier(typed: str) -> int:
    """`1.25` → 12,500 basis points."""
    return _scaled(typed, 4, "1.25")


def day(typed: str) -> date:
    """`2027-01-31`"""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        expected = _("got %(typed)r, expected a day such as 2027-01-31", typed=typed[:20])
        raise ValueError(expected) from None


def as_amount(amount_minor: int, currency: str) -> str:
    """350 → `3.50`"""
    digits = minor_digits(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):.{digits}f}"


def as_percent(bp: int) -> str:
    """1,250 → `12.5`"""
    return _plain(Decimal(bp).scaleb(-2))


def as_multiplier(bp: int) -> str:
    """12,500 → `1.25`"""
    return _plain(Decimal(bp).scaleb(-4))


def _scaled(typed: str, digits: int, example: str) -> int:
    found = _DECIMAL.fullmatch(typed)
    decimals = (found[2] or "") if found else ""
    if not found or len(decimals) > digits:
        expected = _("got %(typed)r, expected a number such as %(example)s")
        raise ValueError(expected % {"typed": typed[:20], "example": example})
    return int(found[1] + decimals.ljust(digits, "0"))


def _plain(value: Decimal) -> str:
    words = f"{value:f}"
    return words.rstrip("0").rstrip(".") if "." in words else words
