"""The programme's form: what it shows of the rules, and what was typed read back into changes.

Values stay as they were typed until they are published, so that nothing is lost on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from .....errors import Invalid
from .....money import minor_digits
from ... import programs
from ...programs import Rules
from ...programs.checks import checked

_WHOLE = ("stamps_target", "cooldown_minutes", "max_daily_stamps", "welcome_bonus_points")
_LIFTED_WHEN_EMPTY = ("max_daily_stamps", "stamps_reward_value_minor", "privacy_url")
_TEXTS = ("loyalty_type", "stamps_reward_name", "card_name", "card_color", "terms_text")
FIELDS = (
    *_WHOLE,
    *_TEXTS,
    "stamps_reward_value_minor",
    "privacy_url",
    "require_staff_pin",
)
_LONGEST_TYPED = 21_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, field by field; the rules it would make, or what is wrong with it."""

    typed: dict[str, str]
    rules: Rules
    changes: dict[str, Any]
    errors: dict[str, str]


def shown(rules: Rules, currency: str) -> dict[str, str]:
    """The rules as the form's fields show them."""
    typed = {name: _text(getattr(rules, name)) for name in FIELDS}
    value = rules.stamps_reward_value_minor
    if value is not None:
        digits = minor_digits(currency)
        typed["stamps_reward_value_minor"] = f"{Decimal(value).scaleb(-digits):.{digits}f}"
    typed["require_staff_pin"] = "1" if rules.require_staff_pin else ""
    return typed


def read(form: Mapping[str, str], currency: str) -> Draft:
    """The draft in a submitted form; its errors name every field that cannot be published."""
    typed = {name: form.get(name, "")[:_LONGEST_TYPED] for name in FIELDS}
    changes, errors = {}, {}
    for name, value in typed.items():
        try:
            changes[name] = _value(name, value, currency)
        except ValueError as fault:
            errors[name] = str(fault)
    now = programs.current()
    try:
        clean = checked(changes)
    except Invalid as wrong:
        errors = wrong.errors | errors
        clean = {}
    return Draft(typed, now.changed(**clean) if not errors else now, changes, errors)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _value(name: str, typed: str, currency: str) -> Any:
    """One field's value; raises ValueError with what was expected."""
    bare = typed.strip()
    if name == "require_staff_pin":
        return bare == "1"
    if name in _LIFTED_WHEN_EMPTY and not bare:
        return None
    if name in _WHOLE:
        if not (bare.isascii() and bare.isdecimal() and len(bare) < 12):
            raise ValueError(_("got %(typed)r, expected a whole number", typed=bare[:20]))
        return int(bare)
    if name == "stamps_reward_value_minor":
        return _minor(bare, currency)
    if name == "terms_text":
        return typed.replace("\r\n", "\n").strip()
    return _colour(bare) if name == "card_color" else bare


def _colour(typed: str) -> str:
    """The colour as it is kept: browsers send it in lower case, which is no change."""
    kept = programs.current().card_color
    return kept if typed.casefold() == kept.casefold() else typed.upper()


def _minor(typed: str, currency: str) -> int:
    """`3.50` or `3,50` → 350; never by way of a floating-point number."""
    expected = _("got %(typed)r, expected an amount such as %(example)s")
    digits = minor_digits(currency)
    example = "3.50" if digits else "350"
    try:
        amount = Decimal(typed.replace(",", ".")).scaleb(digits)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**15:
        raise ValueError(expected % {"typed": typed[:20], "example": example})
    return int(amount)
