"""What the log says: one line a request, JSON in production and words in development.

No line holds a person's data, a PIN or a secret: a request is told by its route's rule and never
by its address, and a fault by its kind and its stack, never by words that may hold a value.
"""

import json
import logging
import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from werkzeug.wrappers import Response

from config import Settings

from . import metrics, tenancy

log = logging.getLogger(__name__)

# Asked every few seconds, or with every page: told only when something is wrong.
_QUIET = {"static", "health.healthz", "health.readyz", "health.metrics"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def configure(settings: Settings) -> None:
    """Say everything of ours on stderr, and of others what is worth a warning. For processes:
    an application that a test makes says nothing by itself."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson() if settings.production else InWords())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("app").setLevel(logging.INFO)


def install(app: Flask) -> None:
    """Give every request an id and its line. To be installed before whatever else looks at a
    request, so that it begins first and is the last to see the answer."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The present request's id: the proxy's where there is one, else made here."""
    kept: str | None = g.get("request_id")
    if kept is None:
        given = ""
        if current_app.config["SETTINGS"].proxy_hops:  # else anybody's word
            given = request.headers.get("X-Request-Id", "")
        kept = g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    return kept


def _begin() -> None:
    g.begun = time.perf_counter()


def _end(response: Response) -> Response:
    lasted = time.perf_counter() - g.get("begun", time.perf_counter())
    response.headers["X-Request-Id"] = request_id()
    metrics.request(request.endpoint, request.method, response.status_code, lasted)
    quiet = request.endpoint in _QUIET and response.status_code < 400
    if not quiet and log.isEnabledFor(logging.INFO):
        log.info("request", extra={"told": _about(response, lasted)})
    return response


def _about(response: Response, lasted: float) -> dict[str, Any]:
    """What a request's line says: whose it was, and how it went."""
    acting = tenancy.current()
    guard = getattr(current_app.view_functions.get(request.endpoint or ""), "guard", None)
    return {
        "method": request.method if request.method.isalpha() else "other",
        "route": _route(),
        "status": response.status_code,
        "ms": round(lasted * 1000, 1),
        "company": acting.company_id if acting else None,
        "audience": guard.audience if guard else None,
    }


def _route() -> str | None:
    """The rule, with its names in place of what was in the address; None where none matched."""
    return request.url_rule.rule if request.url_rule else None


class AsJson(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `event`, `request` and what is told."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if has_request_context():
            line["request"] = request_id()
        line |= getattr(record, "told", {})
        if record.exc_info and (fault := record.exc_info[1]):
            line["fault"] = told(fault)
        return json.dumps(line, ensure_ascii=False, default=str)


class InWords(logging.Formatter):
    """For a person at a terminal: one line, and a fault with Python's own trace."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        about = getattr(record, "told", None)
        if about is None:
            return super().format(record)
        return (
            f"{self.formatTime(record, self.datefmt)} {about['method']} {about['route']}"
            f" {about['status']} {about['ms']} ms"
        )


def told(fault: BaseException) -> list[dict[str, Any]]:
    """A fault and what caused it, the first cause last: kind, stack, and what of its words is
    surely ours. A database's words may hold a row (`DETAIL: Key (email)=…`), Python's a value."""
    chain: list[dict[str, Any]] = []
    seen: BaseException | None = fault
    while seen is not None and len(chain) < 5:
        stack = traceback.extract_tb(seen.__traceback__)
        chain.append(
            {
                "kind": f"{type(seen).__module__}.{type(seen).__qualname__}",
                "stack": [f"{at.filename}:{at.lineno} {at.name}" for at in stack[-40:]],
            }
            | _words(seen)
        )
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return chain


def _words(fault: BaseException) -> dict[str, Any]:
    """What PostgreSQL names, without its values; and the words of a bug, which we wrote."""
    if isinstance(fault, RuntimeError):
        return {"words": str(fault)[:500]}
    diagnosis = getattr(fault, "diag", None)
    names = ("sqlstate", "table_name", "column_name", "constraint_name")
    return {name: value for name in names if (value := getattr(diagnosis, name, None))}
