"""The OpenAPI document, made of the very objects that validate and answer."""

import json
import re
from functools import cache
from typing import Any

from flask import Response, render_template
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..errors import (
    Busy,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    RateLimited,
    Refusal,
    TooLarge,
    Unauthenticated,
)
from ..guards import guarded
from ..idempotency import (
    LONGEST_KEY,
    IdempotencyInFlight,
    IdempotencyKeyRequired,
    IdempotencyMismatch,
)
from ..surfaces import api_v1
from .operations import Operation, api

SCHEMAS = "#/components/schemas/"
_ALWAYS = (Malformed, Unauthenticated, Forbidden, RateLimited)
_MEANT = {200: "Done.", 201: "Written."}
_ABOUT = (
    "JSON in UTF-8. Money is integers of minor units, points and stamps are integers, ids are"
    " strings, moments are RFC 3339 in UTC. A write takes an Idempotency-Key: the same key with"
    " the same request answers the same bytes again, for ever, with `Idempotent-Replay: true`."
    " A refusal writes nothing. Lists answer `items` and `next`: hand `next` in as `cursor`."
)


@api_v1.get("/openapi.json")
@guarded("anyone", "docs")
def openapi() -> Response:
    """The document itself."""
    return Response(json.dumps(document()), mimetype="application/json")


@api_v1.get("/docs")
@guarded("anyone", "docs")
def docs() -> str:
    """The document as a page: ours, without anybody else's scripts."""
    groups = _groups()
    nav = [{"label": name.capitalize(), "href": f"#{name}"} for name in (*groups, "refusals")]
    return render_template(
        "api/docs.html",
        document=document(),
        groups=groups,
        codes=_codes(),
        nav=nav,
        written=lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    )


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of everything declared; complete once the modules are imported."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in api.operations:
        paths.setdefault(_path(operation), {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Regulars", "version": "1", "description": _ABOUT},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`Authorization: Bearer rk_<company>_<id>_<secret>`",
                }
            },
        },
    }


def _groups() -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """`{resource: [(method, path, operation)]}`, for the page."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return groups


def _codes() -> list[tuple[str, int, str]]:
    """`(code, status, title)` of every refusal there is, for the page: a problem's `type` leads
    to its row."""
    found = {refusal for operation in api.operations for refusal in _refusals(operation)}
    return sorted((refusal.code, refusal.status, refusal.title) for refusal in found)


def _path(operation: Operation) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", operation.path)


def _operation(operation: Operation) -> dict[str, Any]:
    doc = (operation.view.__doc__ or "").strip()
    resource = operation.path.split("/")[1]
    told: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}{_path(operation)}".replace("/", "_"),
        "tags": [resource],
        "summary": operation.summary,
        "description": doc,
        "security": [{"key": [operation.scope]}],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body:
        schema = {"$ref": SCHEMAS + operation.body.__name__}
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, **_example(operation.body)}},
        }
    return told


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in operation.parameters
    ]
    if operation.query:
        schema = operation.query.model_json_schema()
        for name, field in schema["properties"].items():
            found.append({"name": name, "in": "query", "schema": _bare(field)})
    if operation.key != "no":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": operation.key == "must",
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
                "example": "8f14e45f-ea3b-4c2d",
            }
        )
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = {"$ref": SCHEMAS + operation.answers.__name__}
    example: dict[str, Any] = _example(operation.answers)
    if operation.many:
        schema = {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": schema},
                "next": {"type": ["string", "null"]},
            },
            "required": ["items", "next"],
        }
        example = {"example": {"items": [example["example"]], "next": None}}
    answers = {
        str(status): {
            "description": _MEANT[status],
            "content": {"application/json": {"schema": schema, **example}},
            **(_REPLAYED if operation.key != "no" else {}),
        }
        for status in (operation.status, *operation.also)
    }
    return answers | _problems(operation)


_REPLAYED = {
    "headers": {
        "Idempotent-Replay": {
            "description": "`true` where this is the answer to an earlier request.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    }
}


def _problems(operation: Operation) -> dict[str, Any]:
    """One response per status, naming the codes that come with it."""
    by_status: dict[int, list[str]] = {}
    for refusal in _refusals(operation):
        by_status.setdefault(refusal.status, []).append(refusal.code)
    return {
        str(status): {
            "description": ", ".join(f"`{code}`" for code in codes),
            "content": {"application/problem+json": {"schema": {"$ref": SCHEMAS + "Problem"}}},
        }
        for status, codes in sorted(by_status.items())
    }


def _refusals(operation: Operation) -> dict[type[Refusal], None]:
    """Every expected "no" of a call, once."""
    refusals: list[type[Refusal]] = [*_ALWAYS, *operation.refuses]
    if operation.body or operation.query:
        refusals.append(Invalid)
    if operation.body:
        refusals.append(TooLarge)
    if operation.key == "must":
        refusals.append(IdempotencyKeyRequired)
    if operation.key != "no":
        refusals += [IdempotencyMismatch, IdempotencyInFlight, Busy]
    if operation.parameters:
        refusals.append(NotFound)
    return dict.fromkeys(refusals)


def _schemas() -> dict[str, Any]:
    models: dict[type[BaseModel], None] = {}
    for operation in api.operations:
        models |= dict.fromkeys(filter(None, (operation.body, operation.answers)))
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template=SCHEMAS + "{model}"
    )
    return {name: _bare(schema) for name, schema in schemas["$defs"].items()} | {
        "Problem": _PROBLEM
    }


def _bare(schema: Any) -> Any:
    """Without made-up titles, and without defaults that only mean "not sent"."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _bare(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
        and not (name == "default" and value is None)
    }


def _example(model: type[BaseModel]) -> dict[str, Any]:
    """An example put together from those of the fields."""
    schema = model.model_json_schema()
    return {"example": _exemplary(schema, schema.get("$defs", {}))}


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
    },
    "required": ["type", "title", "status", "detail", "code"],
}
