"""The decorator: `@api.post("/stamps/add", scope="write", body=StampBody, answers=Line)`.

Before the first statement the request is read and checked, and what is wrong with it kept.
Then, in the contract's order: who asks (401), may they (403), was it answered already
(replay), is it valid (422), and only then the view. Views are short functions that answer
plain values; the commit is here, once.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar

from flask import g, request
from pydantic import BaseModel
from werkzeug.wrappers import Response

from .. import idempotency, surfaces
from ..errors import Busy, Malformed, Refusal, TooLarge
from ..extensions import db
from ..guards import guarded
from ..idempotency import Attempt, Posted
from . import fields, reading
from .fields import Query

View = TypeVar("View", bound=Callable[..., Any])
KeyRule = Literal["no", "may", "must"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view answers where the status is not the operation's own."""

    body: dict[str, Any]
    status: int


@dataclass(frozen=True)
class Operation:
    """One call of the API, as it is served and as it is documented.

    `key` says whether an Idempotency-Key is of use: it may be sent, or must be. A `ledger`
    operation keeps its answer with its line; others keep it here. One that `reads` is asked
    with a body and changes nothing: it runs in a transaction that cannot write.
    """

    method: str
    path: str
    scope: str
    view: Callable[..., Any]
    answers: type[BaseModel]
    many: bool = False
    body: type[BaseModel] | None = None
    query: type[Query] | None = None
    key: KeyRule = "no"
    ledger: bool = False
    reads: bool = False
    status: int = 200
    also: tuple[int, ...] = ()
    refuses: tuple[type[Refusal], ...] = ()

    @property
    def parameters(self) -> list[str]:
        """The names in the path, in order."""
        return re.findall(r"<\w+:(\w+)>", self.path)

    @cached_property
    def summary(self) -> str:
        return (self.view.__doc__ or self.view.__name__).strip().partition("\n")[0].rstrip(".")

    def read(self) -> "Asked":
        """Read and check the request without a statement; faults are kept, not raised."""
        asked = Asked()
        try:
            if self.body:
                asked.raw = reading.body()
                asked.values = fields.check(self.body, asked.raw)
            elif self.query:
                asked.values = fields.check(self.query, reading.query())
        except Refusal as fault:
            asked.fault = fault
        return asked

    def serve(self, asked: "Asked", path: dict[str, Any]) -> Response:
        """Answer a request whose caller is known and allowed."""
        if isinstance(asked.fault, Malformed | TooLarge):
            raise asked.fault
        if self.reads:
            return _json(json.dumps(self._viewed(asked, path).body), 200)
        g.attempt = self._attempt(asked)
        posted = idempotency.replay(g.earlier, g.attempt)
        if posted is None:
            posted = self._write(asked, path)
            db.session.commit()
        response = _json(posted.body, posted.status)
        if posted.replayed:
            response.headers["Idempotent-Replay"] = "true"
        return response

    def _write(self, asked: "Asked", path: dict[str, Any]) -> Posted:
        try:
            if self.ledger:
                posted: Posted = self._call(asked, path)
                return posted
            return idempotency.once(g.actor.caller, g.attempt, lambda: self._posted(asked, path))
        except Busy as waited:
            if g.attempt is None:
                raise
            raise idempotency.IdempotencyInFlight(
                "Another request still holds this key or this card. Nothing was changed:"
                " retry with the same key."
            ) from waited

    def _posted(self, asked: "Asked", path: dict[str, Any]) -> Posted:
        answer = self._viewed(asked, path)
        return Posted(None, json.dumps(answer.body), answer.status)

    def _viewed(self, asked: "Asked", path: dict[str, Any]) -> Answer:
        answer = self._call(asked, path)
        return answer if isinstance(answer, Answer) else Answer(answer, self.status)

    def _call(self, asked: "Asked", path: dict[str, Any]) -> Any:
        """The view, with what was asked first where the operation takes a body or a query."""
        if asked.fault:
            raise asked.fault
        return self.view(*([] if asked.values is None else [asked.values]), **path)

    def _attempt(self, asked: "Asked") -> Attempt | None:
        key = request.headers.get("Idempotency-Key", "").strip()
        if len(key) > idempotency.LONGEST_KEY:
            raise Malformed(
                f"The Idempotency-Key has {len(key)} characters,"
                f" expected at most {idempotency.LONGEST_KEY}."
            )
        if key and self.key != "no":
            return idempotency.attempt(key, request.method, request.path, asked.raw)
        if self.key == "must":
            raise idempotency.IdempotencyKeyRequired(
                "Send an Idempotency-Key header, new for each effect and the same for each retry."
            )
        return None


class Asked:
    """A request as it was read: its JSON, its checked values, and what was wrong with it."""

    __slots__ = ("fault", "raw", "values")

    def __init__(self) -> None:
        self.raw: Any = None
        self.values: BaseModel | None = None
        self.fault: Refusal | None = None


class Api:
    """The operations of `/api/v1`, in the order in which they were declared."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def get(self, path: str, **declared: Any) -> Callable[[View], View]:
        """A call that reads; `declared` are fields of `Operation`."""
        return self._declare("GET", path, {"scope": "read", "reads": True} | declared)

    def post(self, path: str, **declared: Any) -> Callable[[View], View]:
        plain = {"scope": "read"} if declared.get("reads") else {"scope": "write", "key": "must"}
        return self._declare("POST", path, plain | declared)

    def put(self, path: str, **declared: Any) -> Callable[[View], View]:
        return self._declare("PUT", path, {"scope": "admin", "key": "may"} | declared)

    def patch(self, path: str, **declared: Any) -> Callable[[View], View]:
        return self._declare("PATCH", path, {"scope": "admin", "key": "may"} | declared)

    def _declare(self, method: str, path: str, declared: dict[str, Any]) -> Callable[[View], View]:
        def declare(view: View) -> View:
            operation = Operation(method, path, view=view, **declared)
            self.operations.append(operation)
            name = f"{view.__module__.rpartition('.')[2]}_{view.__name__}"
            surfaces.api_v1.add_url_rule(path, name, _served(operation), methods=[method])
            return view

        return declare


def _served(operation: Operation) -> Callable[..., Response]:
    @guarded("api", operation.scope)
    def serve(**path: Any) -> Response:
        return operation.serve(g.asked, path)

    serve.operation = operation  # type: ignore[attr-defined]
    serve.reads = operation.reads  # type: ignore[attr-defined]
    return serve


@surfaces.api_v1.after_request
def _name_the_scheme(response: Response) -> Response:
    """A 401 says what it wants (RFC 9110, 11.6.1)."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(body: str, status: int) -> Response:
    return Response(body, status, mimetype="application/json")


api = Api()
