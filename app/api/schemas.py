"""The shapes of the document, and an example of each, from the models that validate."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .operations import Operation

SCHEMAS = "#/components/schemas/"


def schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    """Everything that is sent or answered, by the name of its shape."""
    models: dict[type[BaseModel], None] = {}
    for operation in operations:
        models |= dict.fromkeys(filter(None, (operation.body, operation.answers)))
    _, found = models_json_schema(
        [(model, "validation") for model in models], ref_template=SCHEMAS + "{model}"
    )
    return {name: bare(schema) for name, schema in found["$defs"].items()} | {"Problem": _PROBLEM}


def bare(schema: Any) -> Any:
    """Without made-up titles, and without defaults that only mean "not sent"."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: bare(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
        and not (name == "default" and value is None)
    }


def example(model: type[BaseModel]) -> Any:
    """An example put together from those of the fields."""
    schema = model.model_json_schema()
    return _exemplary(schema, schema.get("$defs", {}))


def _exemplary(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """A value that fits: the field's own example, its default, or the plainest of its type."""
    if "$ref" in schema:
        return _exemplary(defs[schema["$ref"].rpartition("/")[2]], defs)
    for name in ("const", "default"):
        if name in schema and schema[name] is not None:
            return schema[name]
    for name in ("examples", "enum"):
        if name in schema:
            return schema[name][0]
    if "anyOf" in schema:
        return _exemplary(schema["anyOf"][0], defs)
    if "properties" in schema:
        return {
            name: _exemplary(field, defs)
            for name, field in schema["properties"].items()
            if name in schema.get("required", ()) or _has_example(field)
        }
    listed = schema.get("items", {})
    plain = {
        "array": [_exemplary(listed, defs)] if "$ref" in listed else [],
        "integer": schema.get("minimum", 0),
        "boolean": True,
        "object": {},
    }
    return plain.get(schema.get("type", ""), "2026-05-31" if "format" in schema else "…")


def _has_example(field: dict[str, Any]) -> bool:
    return "examples" in field or any("examples" in each for each in field.get("anyOf", ()))


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Beside these fields stand the figures that explain the refusal.",
    "properties": {
        "type": {"type": "string", "examples": ["/api/v1/docs#cooldown"]},
        "title": {"type": "string", "examples": ["Not yet"]},
        "status": {"type": "integer", "examples": [409]},
        "detail": {"type": "string", "examples": ["Next stamp in 14 min 59 s."]},
        "code": {"type": "string", "examples": ["cooldown"]},
        "errors": {
            "type": "object",
            "description": "Field by field, for `validation`: what came and what was expected.",
            "additionalProperties": {"type": "string"},
        },
        "remedy": {
            "type": "string",
            "description": "What would make it a yes, where something would.",
            "examples": ["Wait retry_after_seconds, then send it again."],
        },
        "retry_after_seconds": {"type": "integer", "examples": [899]},
        "request_id": {
            "type": "string",
            "description": "Of a 500 or 503: tell us this. Every answer has it as X-Request-Id.",
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}
