"""The rules that several blanks make together: what a point pays, expiry, rates and tiers.

Each part shows its rule in its blanks, and reads them: `(changes, errors)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from ...... import money
from ....programs import Rules, Tier
from . import blanks

Typed = dict[str, Any]
Outcome = tuple[dict[str, Any], dict[str, str]]
ROWS = {
    "tiers": ("name", "least", "times"),
    "rates": ("name", "points"),
}
MOST_ROWS = {"tiers": 20, "rates": 200}
_SHOWN_POINTS = (100, 1_000, 10_000)
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Part:
    """The blanks in which a rule stands, and how it goes in and out of them."""

    names: tuple[str, ...]
    show: Callable[[Rules, str], Typed]
    read: Callable[[Typed, str], Outcome]


def _show_value(rules: Rules, currency: str) -> Typed:
    bp = rules.point_value_bp
    if bp is None:
        return {"value_points": "", "value_amount": ""}
    points = next(each for each in _SHOWN_POINTS if bp * each % 10_000 == 0)
    amount = blanks.as_amount(bp * points // 10_000, currency)
    return {"value_points": str(points), "value_amount": amount}


def _read_value(typed: Typed, currency: str) -> Outcome:
    """`[100] points pay [5.00]`: exactly, or refused; both empty: nothing can be paid."""
    points, amount = typed["value_points"].strip(), typed["value_amount"].strip()
    if not amount:
        return {"point_value_bp": None}, {}
    errors: dict[str, str] = {}
    count = _try(blanks.whole, points, "value_points", errors)
    minor = _try(lambda words: blanks.amount(words, currency), amount, "value_amount", errors)
    if errors:
        return {}, errors
    if not count or not minor:
        wrong = "value_amount" if count else "value_points"
        return {}, {wrong: _("expected more than 0; leave the amount empty if points pay nothing")}
    least, rest = divmod(minor * 10_000, count)
    if rest:
        near = [money.show(each, currency) for each in (least, least + 1)]
        expected = _("not exact: 10,000 points would pay between %(low)s and %(high)s")
        return {}, {"value_amount": expected % {"low": near[0], "high": near[1]}}
    return {"point_value_bp": least}, {}


def _show_expiry(rules: Rules, _currency: str) -> Typed:
    expiry = rules.expiry
    month, _dash, day = str(expiry.get("month_day", "01-01")).partition("-")
    return {
        "expiry_policy": expiry["policy"],
        "expiry_days": str(expiry.get("days", 365)),
        "expiry_months": str(expiry.get("months", 12)),
        "expiry_month": str(int(month)),
        "expiry_day": str(int(day)),
    }


def _read_expiry(typed: Typed, _currency: str) -> Outcome:
    """The chosen policy with its own figures; those of the others are left aside."""
    policy = typed["expiry_policy"]
    errors: dict[str, str] = {}
    rule: dict[str, Any] = {"policy": policy}
    if policy == "inactivity":
        rule["days"] = _between(typed, "expiry_days", 1, 3_650, errors)
    elif policy == "age":
        rule["months"] = _between(typed, "expiry_months", 1, 120, errors)
    elif policy == "yearly":
        day = _between(typed, "expiry_day", 1, 31, errors)
        month = _between(typed, "expiry_month", 1, 12, errors)
        if not errors:
            try:
                rule["month_day"] = date(_LEAP_YEAR, month, day).strftime("%m-%d")
            except ValueError:
                errors["expiry_day"] = _("got %(day)s, which that month does not have", day=day)
    return ({}, errors) if errors else ({"expiry": rule}, {})


def _show_rates(rules: Rules, _currency: str) -> Typed:
    rates = sorted(rules.category_rates.items())
    return {"rates": [{"name": name, "points": str(points)} for name, points in rates]}


def _read_rates(typed: Typed, _currency: str) -> Outcome:
    rates: dict[str, int] = {}
    errors: dict[str, str] = {}
    for place, row in enumerate(typed["rates"]):
        name = " ".join(row["name"].split())
        points = _try(blanks.whole, row["points"].strip(), f"rates-{place}-points", errors)
        if not 1 <= len(name) <= 80 or name in rates:
            errors[f"rates-{place}-name"] = _("expected a name of its own, at most 80 characters")
        rates[name] = points
    return ({}, errors) if errors else ({"category_rates": rates}, {})


def _show_tiers(rules: Rules, _currency: str) -> Typed:
    rows = [
        {
            "name": tier.name,
            "least": str(tier.min_lifetime_points),
            "times": blanks.as_multiplier(tier.multiplier_bp),
        }
        for tier in rules.tiers
    ]
    return {"tiers": rows}


def _read_tiers(typed: Typed, _currency: str) -> Outcome:
    """The ladder from the bottom up, in whatever order its rows were typed."""
    tiers: list[Tier] = []
    errors: dict[str, str] = {}
    for place, row in enumerate(typed["tiers"]):
        name = " ".join(row["name"].split())
        least = _try(blanks.whole, row["least"].strip(), f"tiers-{place}-least", errors)
        times = _try(blanks.multiplier, row["times"].strip(), f"tiers-{place}-times", errors)
        if not 1 <= len(name) <= 40 or name in {tier.name for tier in tiers}:
            errors[f"tiers-{place}-name"] = _("expected a name of its own, at most 40 characters")
        if least in {tier.min_lifetime_points for tier in tiers}:
            errors.setdefault(f"tiers-{place}-least", _("expected points that no other tier has"))
        tiers.append(Tier(name, least, times))
    if not errors and 0 not in {tier.min_lifetime_points for tier in tiers}:
        errors["tiers"] = _("One tier has to begin at 0 points: everybody is in one.")
    ladder = tuple(sorted(tiers, key=lambda tier: tier.min_lifetime_points))
    return ({}, errors) if errors else ({"tiers": ladder}, {})


def _try(read: Callable[[str], int], typed: str, name: str, errors: dict[str, str]) -> int:
    """What was read, or 0 with the fault noted under the blank's name."""
    try:
        return read(typed)
    except ValueError as fault:
        errors[name] = str(fault)
        return 0


def _between(typed: Typed, name: str, low: int, high: int, errors: dict[str, str]) -> int:
    value = _try(blanks.whole, typed[name].strip(), name, errors)
    if name not in errors and not low <= value <= high:
        expected = _("got %(value)s, expected %(low)s to %(high)s")
        errors[name] = expected % {"value": value, "low": low, "high": high}
    return value


PARTS = (
    Part(("value_points", "value_amount"), _show_value, _read_value),
    Part(
        ("expiry_policy", "expiry_days", "expiry_months", "expiry_month", "expiry_day"),
        _show_expiry,
        _read_expiry,
    ),
    Part(("rates",), _show_rates, _read_rates),
    Part(("tiers",), _show_tiers, _read_tiers),
)
