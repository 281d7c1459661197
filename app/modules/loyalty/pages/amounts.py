"""Amounts as people type them at a till: exactly the currency's digits, comma or point."""

import re

from flask import g
from flask_babel import gettext as _

from ....money import minor_digits
from ..ledger.explain import words
from ..programs.models import MOST_MINOR

LONGEST = 40  # what of a field is read, and shown again where it cannot be used
_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?")


class Unreadable(ValueError):
    """No amount, with the sentence that says what would be one."""


def read(typed: str) -> int:
    """`12.50` or `12,50` → 1250 minor units of the company's currency; raises `Unreadable`.

    A lone digit after the point is asked again: `12,5` may be 12.50, 12.05 or 125.
    """
    digits = minor_digits(g.company.currency)
    if not typed:
        raise Unreadable(_("Type what was paid."))
    found = _NUMBER.fullmatch(typed) if typed.isascii() else None
    if found is None or (found[2] is not None and len(found[2]) != digits):
        raise Unreadable(_expected(typed, digits))
    amount = int(found[1] + (found[2] or "0" * digits)) if len(typed) < LONGEST else MOST_MINOR + 1
    if amount > MOST_MINOR:
        raise Unreadable(_("That is more than one sale can be."))
    if amount == 0:
        raise Unreadable(_("Type what was paid."))
    return amount


def shown(amount_minor: int) -> str:
    """As `read` takes it again: `12.50`, without sign or groups."""
    digits = minor_digits(g.company.currency)
    if not digits:
        return str(amount_minor)
    whole, part = divmod(amount_minor, 10**digits)
    return f"{whole}.{part:0{digits}d}"


def money(amount_minor: int) -> str:
    """`€12.50`"""
    return words.money(amount_minor)


def _expected(typed: str, digits: int) -> str:
    example = "12." + "50".ljust(digits, "0") if digits else "1250"
    return _(
        "“%(typed)s” is no amount. Type it such as %(example)s.", typed=typed[:20], example=example
    )
