"""The document served: as JSON for programs, as a page for people."""

import json
from typing import Any

from flask import Response, render_template

from ..guards import guarded
from ..surfaces import api_v1
from .document import document, refusals
from .operations import api


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
    nav = [
        {"label": name.capitalize(), "href": f"#{name}"} for name in (*groups, "shapes", "refusals")
    ]
    return render_template(
        "api/docs.html",
        document=document(),
        groups=groups,
        codes=_codes(),
        nav=nav,
        written=lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    )


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
    found = {refusal for operation in api.operations for refusal in refusals(operation)}
    return sorted((refusal.code, refusal.status, refusal.title) for refusal in found)
