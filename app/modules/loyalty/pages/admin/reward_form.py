"""A reward's form: how its fields show it, and how what was typed is read back."""

from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import MultiDict

from .program import blanks

Typed = dict[str, Any]
_BLANKS = (
    "name",
    "description",
    "points",
    "stamps",
    "value_minor",
    "valid_from",
    "valid_until",
    "stock",
    "per_card_limit",
)
_LONGEST = 600


def shown(values: dict[str, Any] | None, currency: str) -> Typed:
    """The fields of a reward as `catalogue.values_of` answers it; of none, empty ones."""
    if values is None:
        return dict.fromkeys((*_BLANKS, "stock_shown"), "") | {"vendors": []}
    typed = {name: "" if values[name] is None else str(values[name]) for name in _BLANKS}
    if values["value_minor"] is not None:
        typed["value_minor"] = blanks.as_amount(values["value_minor"], currency)
    for price in ("points", "stamps"):
        typed[price] = typed[price] if values[price] else ""
    return typed | {"vendors": values["vendors"], "stock_shown": typed["stock"]}


def typed_in(form: "MultiDict[str, str]") -> Typed:
    """What was submitted, as it was typed."""
    # The stock that the page showed: left as it was, it keeps what was taken meanwhile.
    typed: Typed = {name: form.get(name, "")[:_LONGEST] for name in (*_BLANKS, "stock_shown")}
    return typed | {"vendors": [slug[:80] for slug in form.getlist("vendors")[:300]]}


def read(typed: Typed, currency: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that `catalogue.checked` judges, and what is wrong beside each field; a field
    that cannot be read has the value of an empty one."""
    values: dict[str, Any] = {name: typed[name] for name in ("name", "description", "vendors")}
    errors: dict[str, str] = {}
    for name, reader in _readers(currency).items():
        words = typed[name].strip()
        empty = 0 if name in ("points", "stamps") else None
        try:
            values[name] = reader(words) if words else empty
        except ValueError as fault:
            values[name] = empty
            errors[name] = str(fault)
    return values, errors


def _readers(currency: str) -> dict[str, Callable[[str], Any]]:
    return {
        "points": blanks.whole,
        "stamps": blanks.whole,
        "value_minor": lambda typed: blanks.amount(typed, currency),
        "valid_from": blanks.day,
        "valid_until": blanks.day,
        "stock": blanks.whole,
        "per_card_limit": blanks.whole,
    }
