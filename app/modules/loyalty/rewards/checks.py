"""What a reward of the catalogue must satisfy, field by field, in one place for API and pages."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from .... import text
from ....accounts import vendors
from ....errors import Invalid
from ..programs.models import MOST_MINOR, MOST_POINTS

LONGEST_DESCRIPTION = 500
MOST_STAMPS, MOST_STOCK, MOST_PER_CARD, MOST_SHOPS = 1_000, 1_000_000, 1_000, 200

Check = Callable[[Any], str]  # what was expected, or nothing where the value is good

# A reward that nothing was said of: free to have everywhere, for ever, as often as one likes.
BLANK: dict[str, Any] = {
    "name": "",
    "description": "",
    "points": 0,
    "stamps": 0,
    "value_minor": None,
    "valid_from": None,
    "valid_until": None,
    "stock": None,
    "per_card_limit": None,
    "active": True,
    "vendors": [],
}


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """A whole reward with its texts trimmed; what is not said is as in `BLANK`.

    `vendors` are slugs of the company's shops, none for everywhere. Raises `Invalid` naming
    every bad field at once.
    """
    clean = BLANK | {name: _trimmed(value) for name, value in values.items()}
    errors: dict[str, str] = {}
    for name, value in clean.items():
        expected = _CHECKS.get(name, _unknown)(value)
        if expected:
            errors[name] = f"got {str(value)[:60]!r}, expected {expected}"
    errors = _together(clean, errors) | errors
    if errors:
        raise Invalid(errors)
    clean["vendors"] = sorted(set(clean["vendors"]))
    return clean


def _together(clean: dict[str, Any], errors: dict[str, str]) -> dict[str, str]:
    """What no field shows by itself; asked only of fields that are good by themselves."""
    found: dict[str, str] = {}
    if not errors.keys() & {"points", "stamps"} and not clean["points"] + clean["stamps"]:
        found["points"] = "expected a price: points, stamps or both"
    if not errors.keys() & {"valid_from", "valid_until"}:
        begins, ends = clean["valid_from"], clean["valid_until"]
        if begins and ends and ends < begins:
            found["valid_until"] = f"got {ends}, expected a day from {begins} on"
    if "vendors" not in errors and clean["vendors"]:
        known = {vendor.slug for vendor in vendors.every()}
        strange = sorted(set(clean["vendors"]) - known)
        if strange:
            found["vendors"] = f"got {strange[0][:48]!r}, expected the slugs of shops"
    return found


def _trimmed(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _whole(low: int, high: int, *, liftable: bool = False) -> Check:
    def check(value: Any) -> str:
        if value is None and liftable:
            return ""
        whole = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        lifted = " or nothing" if liftable else ""
        return "" if whole else f"a whole number from {low} to {high}{lifted}"

    return check


def _line(least: int, longest: int) -> Check:
    def check(value: Any) -> str:
        good = isinstance(value, str) and least <= len(value) <= longest
        if good and not text.has_controls(value):
            return ""
        return f"{least} to {longest} characters on one line"

    return check


def _day(value: Any) -> str:
    return "" if value is None or isinstance(value, date) else "a day, or nothing"


def _yes_or_no(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _slugs(value: Any) -> str:
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    good = listed and len(value) <= MOST_SHOPS and all(isinstance(slug, str) for slug in value)
    return "" if good else f"a list of at most {MOST_SHOPS} slugs of shops"


def _unknown(_value: Any) -> str:
    return "the name of a reward's field"


_CHECKS: dict[str, Check] = {
    "name": _line(1, text.LONGEST_NAME),
    "description": _line(0, LONGEST_DESCRIPTION),
    "points": _whole(0, MOST_POINTS),
    "stamps": _whole(0, MOST_STAMPS),
    "value_minor": _whole(0, MOST_MINOR, liftable=True),
    "valid_from": _day,
    "valid_until": _day,
    "stock": _whole(0, MOST_STOCK, liftable=True),
    "per_card_limit": _whole(1, MOST_PER_CARD, liftable=True),
    "active": _yes_or_no,
    "vendors": _slugs,
}
