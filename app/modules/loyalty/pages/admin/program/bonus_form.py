"""One bonus's form: its conditions as they are typed, and read back into a bonus."""

from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ....programs import Bonus
from ....programs.checks import bonus_fault
from . import blanks
from .parts import Typed

_BLANKS = ("name", "gives", "much", "every", "from_time", "until_time", "starts_on", "ends_on")
_TICKS = ("birthday", "first_visit")
_SEVERAL = ("weekdays", "vendors")
_WEEK = {"1", "2", "3", "4", "5", "6", "7"}
_LONGEST = 20_000
# Which blank a fault of the whole bonus is shown at, by how what was expected begins.
_SHOWN_AT = {
    "a name": "name",
    "either": "much",
    "at most 1,000,000": "much",
    "every": "every",
    "weekdays": "weekdays",
    "two different hours": "from_time",
    "an end": "ends_on",
    "at most 200": "categories",
}


def shown(bonus: Bonus | None) -> Typed:
    """The form of a bonus; of none, an empty one."""
    if bonus is None:
        return dict.fromkeys((*_BLANKS, *_TICKS, "categories"), "") | {
            "gives": "percent",
            "weekdays": [],
            "vendors": [],
        }
    percent = bool(bonus.percent_bp)
    return {
        "name": bonus.name,
        "gives": "percent" if percent else "points",
        "much": blanks.as_percent(bonus.percent_bp) if percent else str(bonus.points),
        "birthday": "1" if bonus.birthday else "",
        "first_visit": "1" if bonus.first_visit else "",
        "every": str(bonus.every or ""),
        "weekdays": [str(day) for day in bonus.weekdays],
        "from_time": bonus.from_time or "",
        "until_time": bonus.until_time or "",
        "starts_on": bonus.starts_on.isoformat() if bonus.starts_on else "",
        "ends_on": bonus.ends_on.isoformat() if bonus.ends_on else "",
        "vendors": list(bonus.vendors),
        "categories": "\n".join(bonus.categories),
    }


def typed_in(form: "MultiDict[str, str]") -> Typed:
    """What was submitted, as it was typed."""
    typed: Typed = {name: form.get(name, "")[:200] for name in (*_BLANKS, *_TICKS)}
    typed |= {name: [value[:80] for value in form.getlist(name)[:300]] for name in _SEVERAL}
    return typed | {"categories": form.get("categories", "")[:_LONGEST].replace("\r\n", "\n")}


def read(typed: Typed, shops: set[str]) -> tuple[Bonus, dict[str, str]]:
    """The bonus, or what is wrong beside each blank. `shops` are the company's slugs."""
    values: dict[str, Any] = {"name": " ".join(typed["name"].split())}
    errors: dict[str, str] = {}
    for name, reader in _READ.items():
        words = typed[name].strip()
        try:
            values[name] = reader(words) if words else None
        except ValueError as fault:
            errors[name] = str(fault)
    much = typed["much"].strip()
    percent = typed["gives"] != "points"
    try:
        amount = blanks.percent(much) if percent else blanks.whole(much)
        values["percent_bp" if percent else "points"] = amount
    except ValueError as fault:
        errors["much"] = str(fault)
    values |= {name: typed[name] == "1" for name in _TICKS}
    values["weekdays"] = tuple(sorted({int(day) for day in typed["weekdays"] if day in _WEEK}))
    values["vendors"] = tuple(sorted(set(typed["vendors"])))
    lines = (" ".join(line.split()) for line in typed["categories"].split("\n"))
    values["categories"] = tuple(dict.fromkeys(line for line in lines if line))
    if not shops.issuperset(values["vendors"]):
        errors["vendors"] = _("expected shops of yours")
    bonus = Bonus(**values)
    expected = "" if errors else bonus_fault(bonus)
    if expected:
        place = next(at for words, at in _SHOWN_AT.items() if expected.startswith(words))
        errors[place] = _("expected %(what)s", what=expected)
    return bonus, errors


def _hour(typed: str) -> str:
    """`8:00` → `08:00`; browsers send the second form."""
    return typed.zfill(5) if len(typed) <= 5 else typed


_READ = {
    "every": blanks.whole,
    "from_time": _hour,
    "until_time": _hour,
    "starts_on": blanks.day,
    "ends_on": blanks.day,
}
