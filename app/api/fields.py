"""The types of fields, and the sentence for a value that does not fit: what came, what was
expected. Numbers are integers and nothing else; fields nobody knows are refused by name."""

import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from .. import text
from ..errors import Invalid

Model = TypeVar("Model", bound=BaseModel)


class Body(BaseModel):
    """What a request's body may hold."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(Body):
    """What a request's query may hold: text, so whole numbers are read by `Whole`."""


def one_line(value: str) -> str:
    """For `AfterValidator`: a text that fits on one line."""
    if text.has_controls(value):
        raise ValueError("text on one line, without control characters")
    return value


def _words(value: str) -> str:
    if not value.strip():
        raise ValueError("words")
    return value


def id_in(told: str) -> int:
    """The number that an id's text names; 0, which nothing has, where it names none."""
    return int(told) if re.fullmatch(r"[0-9]{1,19}", told) and int(told) < 2**63 else 0


def _whole(value: Any) -> Any:
    """A query's number: only digits, and no more of them than a 64-bit integer has."""
    return int(value) if re.fullmatch(r"[0-9]{1,19}", str(value)) else value


def _day(value: Any) -> date:
    """Exactly `YYYY-MM-DD`: Python would read other forms of ISO 8601 too."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
            return date.fromisoformat(str(value))
    except ValueError:
        pass
    raise ValueError("a day such as 2026-05-31")


def _moment(value: Any) -> datetime:
    """RFC 3339; a day alone is its first moment, and UTC is assumed where nothing is said."""
    try:
        # An unescaped + arrives as a space.
        moment = datetime.fromisoformat(str(value).replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a moment such as 2026-05-31T08:00:00Z") from None


Slug = Annotated[str, Field(min_length=1, max_length=48, examples=["old-town"])]
CardNumber = Annotated[str, Field(min_length=1, max_length=40, examples=["7KQ2M9XP4TDA"])]
Reference = Annotated[
    str, Field(min_length=1, max_length=120, examples=["till-3/4711"]), AfterValidator(one_line)
]
Reason = Annotated[
    str,
    Field(min_length=1, max_length=200, examples=["The wrong till"]),
    AfterValidator(one_line),
    AfterValidator(_words),
]
Id = Annotated[str, Field(min_length=1, max_length=40, examples=["284937465019375616"])]
Whole = Annotated[int, BeforeValidator(_whole)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


def check(model: type[Model], values: Any) -> Model:
    """The values as `model`; raises `Invalid` naming every field that does not fit."""
    try:
        return model.model_validate(values)
    except ValidationError as fault:
        raise Invalid(_complaints(model, fault)) from None


def _complaints(model: type[BaseModel], fault: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in fault.errors(include_url=False):
        place = ".".join(str(part)[:60] for part in error["loc"]) or "body"
        found.setdefault(place, _complaint(model, error))
    return found


def _complaint(model: type[BaseModel], error: ErrorDetails) -> str:
    kind, figures = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "missing, expected a value"
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        where = "" if len(error["loc"]) > 1 else f"; known here: {', '.join(known)}"
        return f"no such field{where}"
    expected = _EXPECTED.get(kind, "").format_map(figures) or _own_words(error)
    return f"got {_shown(error['input'])}, expected {expected}"


def _own_words(error: ErrorDetails) -> str:
    return error["msg"].removeprefix("Value error, ")


def _shown(value: Any) -> str:
    words = json.dumps(value, default=str)
    return words if len(words) <= 60 else f"{words[:57]}…"


_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text like {pattern}",
    "too_long": "at most {max_length} of them",
    "too_short": "at least {min_length} of them",
    "literal_error": "{expected}",
}
