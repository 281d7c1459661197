"""Hostile requests, made from the OpenAPI document and from the routes themselves.

Half are nearly right (a valid request with one thing twisted), because what is plainly wrong
never gets far. A fresh chain is opened now and then: whatever a request may have shut or
signed out is open again.
"""

import http.client
import json
import random
import re
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask

from app.web import LARGEST_BODY
from tests.cast import Chain, operator_cookie
from tests.servers import environment, web_server

from .ground import Ground
from .stage import opened

THREADS, PER_CHAIN = 8, 2_500
LIVE = "<x-hostile"
STRINGS = (
    "",
    " ",
    "0",
    "-1",
    "1e309",
    "9" * 40,
    "null",
    "'; DROP TABLE loyalty_cards; --",
    '" OR ""="',
    "%00",
    "\0",
    "a\0b",
    "\ud800",
    "\u202egnirts",
    "𝕋𝔼𝕏𝕋 ✊🏽",
    "é" * 300,
    "A" * 5_000,
    f"{LIVE} onload=alert(1)>",
    f'"><script>{LIVE}()</script>',
    "{{7*7}}${7*7}#{7*7}%(x)s%s%n{0}",
    "../../../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "=cmd|' /C calc'!A0",
    "javascript:alert(1)",
    "//evil.example/x",
    "2026-02-30",
    "0000-00-00T99:99:99Z",
    "ⅷ",
    "٣",
)
NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 1.5, -0.0, True, None)
RAW = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe{}",
    b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    b"[" * 50_000,
    b'{"card": NaN}',
    b'{"quantity": 1e999}',
    b'{"card": "\\ud800"}',
    b'{"card": "x", "card": "y"}',
    b" " * 300_000,
)
TRACES = (b"Traceback (most recent call last)", b'File "/', b"sqlalchemy.exc", b"psycopg.")


@dataclass
class Call:
    """One request, ready to be sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None = None


@dataclass
class Found:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    sent: int = 0


def run(ground: Ground, kind: str, *, requests: int) -> None:
    """Send so many; figures and promises go to the ground."""
    url, folder, seed = (
        ground.database(kind, "hostile"),
        ground.folder / kind,
        random.getrandbits(32),
    )
    ground.figure(f"{kind}: seed {seed}")
    found, chance = Found(), random.Random(seed)
    with opened(url, folder, migrate=True) as app, web_server(environment(url, folder)) as web:
        port, forms = urlsplit(web.url).port or 0, _forms(app)
        while found.sent < requests and len(found.wrong) < 50:
            maker = Maker(Chain.open(app), forms, chance)
            calls = [maker.call() for _ in range(min(PER_CHAIN, requests - found.sent))]
            _send_all(port, calls, found)
        log = web.log.read_text(errors="replace")
    spread = ", ".join(f"{status}: {n:,}" for status, n in sorted(found.statuses.items()))
    ground.figure(f"{kind}: {found.sent:,} requests, {spread}")
    for line in found.wrong[:10]:
        ground.figure(line)
    if "Traceback" in log:
        ground.figure(log[log.index("Traceback") :][:3_000])
    ground.promise(not found.wrong, f"{kind}: no 5xx, no trace, no live markup in an answer")
    ground.promise("Traceback" not in log, f"{kind}: no fault in the server's log")


def _forms(app: Flask) -> list[tuple[str, str, str]]:
    """`(method, rule, audience)` of every route but the API's and the files'."""
    forms = []
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        guard = view.guard
        if guard.audience != "api" and rule.endpoint != "static":
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            forms += [(method, rule.rule, guard.audience) for method in methods]
    return forms


class Maker:
    """Makes requests for one chain."""

    def __init__(
        self, chain: Chain, forms: list[tuple[str, str, str]], chance: random.Random
    ) -> None:
        self._chain, self._forms, self._chance = chain, forms, chance
        self._card = chain.card()
        self._document = chain.api.get("/openapi.json").json
        self._operations = [
            (method.upper(), path, operation)
            for path, item in self._document["paths"].items()
            for method, operation in item.items()
            if method in ("get", "post", "put", "patch", "delete")
        ]
        terminal = chain.terminal()
        self._csrf = terminal.csrf_token()
        cookies = {
            n: c.value for n in ("terminal", "staff", "session") if (c := terminal.get_cookie(n))
        }
        admin = chain.user_cookie(chain.admin)
        self._cookies = {
            "admin": cookies | {"user": admin},
            "staff": cookies,
            "device": cookies,
            "platform": cookies | {"user": operator_cookie(chain.app)},
        }

    def call(self) -> Call:
        return self._api_call() if self._chance.random() < 0.5 else self._form_call()

    # -- the API, from its document ---------------------------------------------------------------

    def _api_call(self) -> Call:
        method, path, operation = self._chance.choice(self._operations)
        headers = {"Authorization": f"Bearer {self._chain.token}"}
        if self._chance.random() < 0.05:
            headers["Authorization"] = self._chance.choice(
                ("", "Bearer", "Basic eA==", "Bearer rk_1_2_3", f"Bearer rk_{'9' * 30}_1_x")
            )
        if method != "GET":
            headers["Idempotency-Key"] = self._key()
            headers["Content-Type"] = self._chance.choice(
                ("application/json",) * 8 + ("text/plain", "application/x-www-form-urlencoded", "x")
            )
        target = re.sub(r"\{\w+\}", lambda _: quote(self._part(), safe=""), path)
        if not target.startswith("/api/v1"):
            target = "/api/v1" + target
        query = {
            p["name"]: self._text(p.get("schema", {}))
            for p in operation.get("parameters", ())
            if p.get("in") == "query" and self._chance.random() < 0.5
        }
        if query:
            target += "?" + urlencode(query, errors="surrogatepass")
        return Call(method, target, headers, self._body(operation) if method != "GET" else None)

    def _key(self) -> str:
        fresh = f"{self._chance.getrandbits(64):x}"
        return self._chance.choice((fresh,) * 8 + ("", "k" * 300, "é", "same", "a b;c"))

    def _body(self, operation: dict[str, Any]) -> bytes:
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None or self._chance.random() < 0.1:
            return self._chance.choice(RAW)
        value = self._value(schema)
        if isinstance(value, dict):
            if "card" in value and self._chance.random() < 0.6:
                value["card"] = self._card
            if "vendor" in value and self._chance.random() < 0.6:
                value["vendor"] = self._chain.vendor.slug
            if self._chance.random() < 0.1:
                value[self._hostile()] = self._hostile()
        return json.dumps(value).encode("utf-8", "surrogatepass")

    def _value(self, schema: dict[str, Any], depth: int = 0) -> Any:
        """A value of the schema, or one time in six something else."""
        if self._chance.random() < 0.16 or depth > 6:
            return self._chance.choice(
                (self._hostile(), self._chance.choice(NUMBERS), [], {}, [[]])
            )
        if "$ref" in schema:
            return self._value(
                self._document["components"]["schemas"][schema["$ref"].split("/")[-1]], depth
            )
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._value(self._chance.choice(schema[choice]), depth + 1)
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        return self._typed(schema, depth)

    def _typed(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            required = set(schema.get("required", ()))
            return {
                name: self._value(inner, depth + 1)
                for name, inner in schema.get("properties", {}).items()
                if name in required or self._chance.random() < 0.5
            }
        if kind == "array":
            return [
                self._value(schema.get("items", {}), depth + 1)
                for _ in range(self._chance.randrange(4))
            ]
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", 0), schema.get("maximum", 1_000)
            return self._chance.choice(
                (low, high, low - 1, high + 1, self._chance.randint(int(low), int(high)))
            )
        if kind == "boolean":
            return self._chance.random() < 0.5
        if kind == "null":
            return None
        examples = schema.get("examples") or ["text"]
        return self._chance.choice((*examples, "text", "x" * (schema.get("maxLength", 80) + 1)))

    # -- the forms, from their routes -------------------------------------------------------------

    def _form_call(self) -> Call:
        method, rule, audience = self._chance.choice(self._forms)
        target = re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>", self._argument, rule)
        fields = {
            self._chance.choice(_FIELDS): self._part() for _ in range(self._chance.randrange(6))
        }
        cookies = self._cookies.get(
            audience, {"session": self._cookies["staff"].get("session", "")}
        )
        if self._chance.random() < 0.05:
            cookies = {name: quote(self._hostile()[:400], errors="replace") for name in cookies}
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in cookies.items())}
        if method == "GET":
            query = urlencode(fields, errors="surrogatepass")
            return Call(method, f"{target}?{query}" if query else target, headers)
        if self._chance.random() < 0.9:
            fields["csrf_token"] = self._csrf
        headers["Content-Type"] = self._chance.choice(
            ("application/x-www-form-urlencoded",) * 8 + ("multipart/form-data", "application/json")
        )
        return Call(method, target, headers, urlencode(fields, errors="surrogatepass").encode())

    def _argument(self, match: "re.Match[str]") -> str:
        converter, name = match.groups()
        if converter == "int":
            known = (self._chain.terminal_id, self._chain.vendor.id, self._chain.staff.staff_id)
            return str(self._chance.choice((*known, 0, 1, 2**63, 10**30)))
        if name == "slug" and self._chance.random() < 0.8:
            return self._chain.slug
        return quote(self._part(), safe="", errors="replace")

    # -- words ------------------------------------------------------------------------------------

    def _part(self) -> str:
        known = (self._card, self._chain.vendor.slug, str(self._chain.terminal_id), "1", "2468")
        return self._chance.choice(known) if self._chance.random() < 0.5 else self._plain()

    def _text(self, schema: dict[str, Any]) -> str:
        return str(self._value(schema)) if self._chance.random() < 0.5 else self._hostile()

    def _hostile(self) -> str:
        return self._chance.choice(STRINGS)

    def _plain(self) -> str:
        """Hostile, but it can be quoted into an address."""
        return self._hostile().encode("utf-8", "replace").decode()


_FIELDS = re.findall(
    r"\w+",
    """name first_name last_name email phone birthday slug address timezone role status pin
    staff_id code number card quantity reference words q next password vendor vendor_id
    terms_accepted stamps_target stamps_reward_name cooldown_minutes max_daily_stamps card_color
    terms_text privacy_url cursor limit from to type day key loyalty_type active
    welcome_bonus_points""",
)


def _send_all(port: int, calls: list[Call], found: Found) -> None:
    turn, work = threading.Lock(), iter(calls)

    def client() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as wire:
            while True:
                with turn:
                    call = next(work, None)
                if call is None:
                    return
                status, body, kind = _send(wire, call)
                wrong = _verdict(status, body, kind, len(call.body or b""))
                with turn:
                    found.sent += 1
                    found.statuses[status] += 1
                    if wrong:
                        found.wrong.append(
                            f"{wrong}: {call.method} {call.target[:160]} {call.body!r:.300}"
                        )

    threads = [threading.Thread(target=client) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send(wire: http.client.HTTPConnection, call: Call) -> tuple[int, bytes, str]:
    """Status, body and type; 0 where the server hung up, as it may on a body too large."""
    headers = {n: v.encode("latin-1", "replace").decode("latin-1") for n, v in call.headers.items()}
    headers = {n: re.sub(r"[\r\n\0]", "", v) for n, v in headers.items()}
    for _ in range(2):  # the first failure may be an earlier request's: it closed the connection
        try:
            wire.request(call.method, call.target, call.body, headers)
            answer = wire.getresponse()
            return answer.status, answer.read(), answer.headers.get("Content-Type", "")
        except (OSError, http.client.HTTPException):
            wire.close()
    return 0, b"", ""


def _verdict(status: int, body: bytes, kind: str, sent: int) -> str:
    """What is wrong with an answer, or nothing."""
    if status == 0 and sent <= LARGEST_BODY:
        return "no answer"
    if status >= 500:
        return f"status {status}"
    if any(trace in body for trace in TRACES):
        return "a trace"
    if "html" in kind and LIVE.encode() in body:
        return "live markup"
    return ""
