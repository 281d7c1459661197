"""The OpenAPI document, made of the very objects that validate and answer."""

import re
from functools import cache
from typing import Any

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
from ..idempotency import (
    LONGEST_KEY,
    IdempotencyInFlight,
    IdempotencyKeyRequired,
    IdempotencyMismatch,
)
from .operations import Operation, api
from .schemas import SCHEMAS, bare, example, schemas

_ALWAYS = (Malformed, Unauthenticated, Forbidden, RateLimited)
_MEANT = {200: "Done.", 201: "Written."}
_ABOUT = (
    "JSON in UTF-8. Money is integers of minor units, points and stamps are integers, ids are"
    " strings, moments are RFC 3339 in UTC. A write takes an Idempotency-Key: the same key with"
    " the same request answers the same bytes again, for ever, with `Idempotent-Replay: true`."
    " A refusal writes nothing. Lists answer `items` and `next`: hand `next` in as `cursor`."
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
            "schemas": schemas(api.operations),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`Authorization: Bearer rk_<company>_<id>_<secret>`",
                }
            },
        },
    }


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
            "content": {"application/json": {"schema": schema, "example": example(operation.body)}},
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
            found.append({"name": name, "in": "query", "schema": bare(field)})
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
    shown = example(operation.answers)
    if operation.many:
        schema = {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": schema},
                "next": {"type": ["string", "null"]},
            },
            "required": ["items", "next"],
        }
        shown = {"items": [shown], "next": None}
    answers = {
        str(status): {
            "description": _MEANT[status],
            "content": {"application/json": {"schema": schema, "example": shown}},
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
    for refusal in refusals(operation):
        by_status.setdefault(refusal.status, []).append(refusal.code)
    return {
        str(status): {
            "description": ", ".join(f"`{code}`" for code in codes),
            "content": {"application/problem+json": {"schema": {"$ref": SCHEMAS + "Problem"}}},
        }
        for status, codes in sorted(by_status.items())
    }


def refusals(operation: Operation) -> dict[type[Refusal], None]:
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
