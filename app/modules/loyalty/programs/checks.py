"""What a change to the rules must satisfy, field by field, before it can be published."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from .... import text
from ....errors import Invalid
from .bonuses import MOST_BONUSES, fault_of
from .models import MOST_MINOR, MOST_POINTS
from .rules import (
    EXPIRY_POLICIES,
    LOYALTY_TYPES,
    STACKINGS,
    VOID_POLICIES,
    WELCOME_MOMENTS,
    Bonus,
    Tier,
)

Check = Callable[[Any], str]  # what was expected, or nothing where the value is good

LONGEST_TIER_NAME = 40
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def checked(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes with their texts trimmed; raises `Invalid` naming every bad field at once."""
    errors: dict[str, str] = {}
    clean = {
        name: " ".join(value.split()) if name in _LINES and isinstance(value, str) else value
        for name, value in changes.items()
    }
    for name, value in clean.items():
        expected = _CHECKS.get(name, _unknown)(value)
        if expected:
            errors[name] = f"got {str(value)[:60]!r}, expected {expected}"
    if errors:
        raise Invalid(errors)
    return clean


def _whole(low: int, high: int, *, liftable: bool = False) -> Check:
    """A whole number in a range; `liftable` allows None, which lifts the cap."""

    def check(value: Any) -> str:
        if value is None and liftable:
            return ""
        whole = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        lifted = " or nothing" if liftable else ""
        return "" if whole else f"a whole number from {low} to {high}{lifted}"

    return check


def _one_of(*choices: str) -> Check:
    return lambda value: "" if value in choices else f"one of {', '.join(choices)}"


def _line(value: Any) -> str:
    try:
        text.name(value if isinstance(value, str) else "")
    except Invalid:
        return f"1 to {text.LONGEST_NAME} characters on one line"
    return ""


def _yes_or_no(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _colour(value: Any) -> str:
    return "" if _COLOUR.fullmatch(str(value)) else "a colour like #4F46E5"


def _terms(value: Any) -> str:
    good = isinstance(value, str) and len(value) <= 20_000 and "\0" not in value
    return "" if good else "at most 20,000 characters"


def _web_address(value: Any) -> str:
    good = value is None or (
        isinstance(value, str)
        and value.startswith(("https://", "http://"))
        and len(value) <= 500
        and value.isprintable()
    )
    return "" if good else "a web address of at most 500 characters, or nothing"


def _expiry(value: Any) -> str:
    policy = value.get("policy") if isinstance(value, dict) else None
    if policy not in EXPIRY_POLICIES:
        return f"a policy, one of {', '.join(EXPIRY_POLICIES)}"
    figure, check = _EXPIRY_FIGURES.get(policy, ("", _unknown))
    needed = {"policy", figure} if figure else {"policy"}
    if set(value) != needed or (figure and check(value[figure])):
        return f"{policy} with {figure or 'nothing else'}"
    return ""


def _month_day(value: Any) -> str:
    """`12-31`; a day of every year, or the 29th of February."""
    try:
        good = len(value) == 5 and bool(date.fromisoformat(f"2000-{value}"))
    except (TypeError, ValueError):
        good = False
    return "" if good else "a day such as 12-31"


def _rates(value: Any) -> str:
    good = isinstance(value, dict) and len(value) <= 200
    good = good and all(_line(name) == "" and _rate(rate) == "" for name, rate in value.items())
    return "" if good else "at most 200 categories with rates from 0 to 1000000"


def _notice_days(value: Any) -> str:
    good = isinstance(value, list) and len(value) <= 10 and all(_day(day) == "" for day in value)
    return "" if good else "at most 10 numbers of days from 1 to 366"


def _ladder(value: Any) -> str:
    good = isinstance(value, tuple) and all(isinstance(tier, Tier) for tier in value)
    rungs = [tier for tier in value if _rung(tier)] if good else []
    thresholds = {rung.min_lifetime_points for rung in rungs}
    if good and 1 <= len(value) <= 20 and len(thresholds) == len(value) and 0 in thresholds:
        return ""
    return "1 to 20 tiers with names, multipliers and different thresholds, one of them 0"


def _rung(tier: Tier) -> bool:
    named = _line(tier.name) == "" and len(tier.name) <= LONGEST_TIER_NAME
    return named and _threshold(tier.min_lifetime_points) == "" and _rate(tier.multiplier_bp) == ""


def _bonuses(value: Any) -> str:
    if not (isinstance(value, tuple) and all(isinstance(bonus, Bonus) for bonus in value)):
        return "a list of bonuses"
    if len(value) > MOST_BONUSES:
        return f"at most {MOST_BONUSES} bonuses"
    faults = (
        f"bonus {n}: {fault}" for n, b in enumerate(value, 1) if (fault := fault_of(b, _line))
    )
    return next(faults, "")


def bonus_fault(bonus: Bonus) -> str:
    """What one bonus should have had instead, or nothing where it is good."""
    return fault_of(bonus, _line)


def _unknown(_value: Any) -> str:
    return "the name of a rule"


_rate, _day, _threshold = _whole(0, 1_000_000), _whole(1, 366), _whole(0, MOST_POINTS)
_EXPIRY_FIGURES: dict[str, tuple[str, Check]] = {
    "inactivity": ("days", _whole(1, 3_650)),
    "age": ("months", _whole(1, 120)),
    "yearly": ("month_day", _month_day),
}
_LINES = {"stamps_reward_name", "card_name"}
_CHECKS: dict[str, Check] = {
    "loyalty_type": _one_of(*LOYALTY_TYPES),
    "stamps_target": _whole(1, 100),
    "stamps_reward_name": _line,
    "stamps_reward_value_minor": _whole(0, MOST_MINOR, liftable=True),
    "cooldown_minutes": _whole(0, 10_080),
    "max_daily_stamps": _whole(1, 1_000, liftable=True),
    "points_per_unit": _whole(0, 1_000_000),
    "unit_minor": _whole(1, MOST_MINOR),
    "max_points_per_order": _whole(1, MOST_POINTS, liftable=True),
    "minimum_purchase_minor": _whole(0, MOST_MINOR),
    "minimum_redemption_points": _whole(0, MOST_POINTS),
    "point_value_bp": _whole(1, MOST_MINOR, liftable=True),
    "max_points_per_checkout": _whole(1, MOST_POINTS, liftable=True),
    "welcome_bonus_points": _whole(0, 1_000_000),
    "welcome_bonus_when": _one_of(*WELCOME_MOMENTS),
    "birthday_bonus_bp": _whole(0, 1_000_000),
    "category_rates": _rates,
    "require_staff_pin": _yes_or_no,
    "expiry": _expiry,
    "expiry_notice_days": _notice_days,
    "void_policy": _one_of(*VOID_POLICIES),
    "card_name": _line,
    "card_color": _colour,
    "terms_text": _terms,
    "privacy_url": _web_address,
    "bonus_stacking": _one_of(*STACKINGS),
    "stamps_per_sale": _whole(0, 100),
    "void_alone_minutes": _whole(0, 1_440),
    "void_days": _whole(0, 3_650, liftable=True),
    "redemption_alone_points": _whole(0, MOST_POINTS, liftable=True),
    "adjustment_alone_points": _whole(0, MOST_POINTS, liftable=True),
    "tier_review_on": lambda value: "" if value is None else _month_day(value),
    "tiers": _ladder,
    "bonuses": _bonuses,
}
