"""The blanks that stand for one rule each: how each shows its rule, and reads what was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from ....programs import Rules
from . import blanks

Show = Callable[[Any, str], str]
Read = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """`show` and `read` take the company's currency too; `read` raises ValueError. `liftable`:
    left empty, it lifts the limit."""

    show: Show
    read: Read
    liftable: bool = False


def _as_it_is(value: Any, _currency: str) -> str:
    return str(value)


def _line(typed: str, _currency: str) -> str:
    return typed.strip()


def _paragraphs(typed: str, _currency: str) -> str:
    return typed.strip()


def _days(typed: str, _currency: str) -> list[int]:
    """`30, 7` → [30, 7]; nothing typed: no days."""
    try:
        return [blanks.whole(part.strip()) for part in typed.split(",")] if typed.strip() else []
    except ValueError:
        expected = _("got %(typed)r, expected days such as 30, 7", typed=typed[:20])
        raise ValueError(expected) from None


_TEXT = Field(_as_it_is, _line)
_WHOLE = Field(_as_it_is, lambda typed, _: blanks.whole(typed.strip()))
_LIMIT = Field(_as_it_is, _WHOLE.read, liftable=True)
_MONEY = Field(blanks.as_amount, lambda typed, currency: blanks.amount(typed.strip(), currency))

FIELDS: dict[str, Field] = {
    "loyalty_type": _TEXT,
    "points_per_unit": _WHOLE,
    "unit_minor": _MONEY,
    "minimum_purchase_minor": _MONEY,
    "minimum_redemption_points": _WHOLE,
    "max_points_per_order": _LIMIT,
    "max_points_per_checkout": _LIMIT,
    "stamps_per_sale": _WHOLE,
    "bonus_stacking": _TEXT,
    "birthday_bonus_bp": Field(
        lambda bp, _: blanks.as_percent(bp), lambda typed, _: blanks.percent(typed.strip())
    ),
    "welcome_bonus_points": _WHOLE,
    "welcome_bonus_when": _TEXT,
    "expiry_notice_days": Field(lambda days, _: ", ".join(map(str, days)), _days),
    "stamps_target": _WHOLE,
    "stamps_reward_name": _TEXT,
    "stamps_reward_value_minor": Field(_MONEY.show, _MONEY.read, liftable=True),
    "cooldown_minutes": _WHOLE,
    "max_daily_stamps": _LIMIT,
    "require_staff_pin": Field(
        lambda asked, _: "1" if asked else "0", lambda typed, _: typed.strip() != "0"
    ),
    "void_alone_minutes": _WHOLE,
    "void_days": _LIMIT,
    "redemption_alone_points": _LIMIT,
    "adjustment_alone_points": _LIMIT,
    "void_policy": _TEXT,
    "tier_review_on": Field(_as_it_is, _line, liftable=True),
    "card_name": _TEXT,
    # Browsers send a colour in lower case, which is no change.
    "card_color": Field(lambda colour, _: str(colour).upper(), lambda typed, _: typed.upper()),
    "terms_text": Field(_as_it_is, _paragraphs),
    "privacy_url": Field(_as_it_is, _line, liftable=True),
}


def shown(rules: Rules, currency: str) -> dict[str, str]:
    """Each blank as it shows its rule; a limit that is lifted is left empty."""
    values = {name: getattr(rules, name) for name in FIELDS}
    return {
        name: "" if value is None else FIELDS[name].show(value, currency)
        for name, value in values.items()
    }


def read(name: str, typed: str, currency: str) -> Any:
    """A blank's rule; raises ValueError with what was expected."""
    field = FIELDS[name]
    if field.liftable and not typed.strip():
        return None
    return field.read(typed, currency)
