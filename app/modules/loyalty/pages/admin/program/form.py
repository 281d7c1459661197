"""The programme's form: what it shows of the rules, and what was typed read back into changes.

What was typed travels as it is, and only where it differs from what the rules show: that is the
draft. A rule that nobody touched is never read back, so it cannot change by being shown.
"""

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from ......errors import Invalid
from ....programs import Rules
from ....programs.bonuses import as_values, of_values
from ....programs.checks import checked
from . import fields
from .blanks import LONGEST_TYPED
from .parts import MOST_ROWS, PARTS, ROWS, Typed

_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
# Where a rule that cannot be published is pointed at, when it is not one blank.
_SHOWN_AT = {"point_value_bp": "value_amount", "expiry": "expiry_policy", "category_rates": "rates"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form shows, blank by blank; the rules it would make, or what is wrong with it."""

    typed: Typed
    rules: Rules
    changes: dict[str, Any]
    errors: dict[str, str]


def shown(rules: Rules, currency: str) -> Typed:
    """The rules as the form's blanks show them; bonuses as the values they are kept as."""
    typed: Typed = dict(fields.shown(rules, currency))
    for part in PARTS:
        typed |= part.show(rules, currency)
    return typed | {"bonuses": [as_values(bonus) for bonus in rules.bonuses]}


def typed_in(form: "MultiDict[str, str]", before: Typed, kept: Typed) -> Typed:
    """What differs from `before` once this form is submitted; what it does not hold (bonuses have
    pages of their own) stays as it was kept."""
    typed = before | kept
    for name, old in typed.items():
        if name in ROWS:
            typed[name] = _rows(form, name) if f"{name}-{ROWS[name][0]}" in form else old
        elif isinstance(old, str) and name in form:
            words = form[name][:LONGEST_TYPED].replace("\r\n", "\n")
            typed[name] = words.upper() if _COLOUR.fullmatch(words) else words
    return {name: value for name, value in typed.items() if _bare(value) != _bare(before[name])}


def judged(over: Typed, now: Rules, currency: str) -> Draft:
    """The draft that this makes of the rules in force; its errors name each bad blank."""
    typed = shown(now, currency) | over
    changes: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in over.keys() & fields.FIELDS.keys():
        try:
            changes[name] = fields.read(name, typed[name], currency)
        except ValueError as fault:
            errors[name] = str(fault)
    for part in PARTS:
        if over.keys() & set(part.names):
            more, wrong = part.read(typed, currency)
            changes |= more
            errors |= wrong
    if "bonuses" in over:
        changes["bonuses"] = tuple(of_values(values) for values in over["bonuses"])
    try:
        clean = checked(changes)
    except Invalid as wrong_rules:
        found = {_SHOWN_AT.get(name, name): say for name, say in wrong_rules.errors.items()}
        errors = found | errors
        clean = {}
    return Draft(typed, now if errors else now.changed(**clean), changes, errors)


def without(typed: Typed, name: str, place: int) -> Typed:
    """The same with one row less."""
    rows = typed[name]
    return typed | {name: [row for at, row in enumerate(rows) if at != place]}


def _rows(form: "MultiDict[str, str]", name: str) -> list[dict[str, str]]:
    """The rows in which anything was typed; one more than allowed is kept, to be refused."""
    columns = {each: form.getlist(f"{name}-{each}") for each in ROWS[name]}
    rows = [
        {each: values[at][:200] if at < len(values) else "" for each, values in columns.items()}
        for at in range(min(len(columns[ROWS[name][0]]), 2 * MOST_ROWS[name]))
    ]
    return [row for row in rows if any(value.strip() for value in row.values())]


def _bare(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
