"""Google on loopback: tokens, issuers, classes, objects, and the keys of its callbacks.

It believes nobody: every JSON is held against Google's discovery document, tokens are signed for,
an issuer is asked twenty times a second at most, and a class that is changed has to ask for its
review again. What a test plans comes first.
"""

import base64
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from app import clock
from tests.wallet.fakes import discovery

API, TOKEN, KEYS = "/walletobjects/v1", "/token", "/keys"
SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
RESET, SILENCE = "reset", "silence"
Json = dict[str, Any]


@cache
def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Call:
    """What was asked of the REST interface, and how it was answered."""

    method: str
    path: str
    body: Json
    status: int | str
    account: str = ""
    at: float = 0.0  # by the fake's own clock


@dataclass
class Account:
    """A service account: what its file says, and what it may."""

    email: str
    issuers: list[str]
    alive: bool = True
    tokens: set[str] = field(default_factory=set)

    @property
    def file(self) -> Json:
        """As Google gives it for download. The addresses in it are nobody's: none is called."""
        pem = _rsa().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "private_key_id": "a1b2c3",
            "private_key": pem.decode(),
            "client_email": self.email,
            "token_uri": "https://tokens.invalid/token",
        }


class FakeGoogle:
    """The server; `now` is the clock of its limit, in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now, self.signing = now, Signing()
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        """As at the start; the keys of callbacks stay. Tests have issuers of their own, since who
        asks for one counts the requests of a second."""
        self.issuer = str(secrets.randbelow(10**18))
        self.accounts: dict[str, Account] = {}
        self.classes: dict[str, Json] = {}
        self.objects: dict[str, Json] = {}
        self.calls: list[Call] = []
        self.granted, self.per_second, self.too_fast = 0, 20, 0
        self.plan: deque[tuple[int | str, dict[str, str]]] = deque()
        self.refuse_tokens: tuple[int, str] | None = None
        self.release = threading.Event()  # ends what is kept silent about
        self._seen: dict[str, deque[float]] = {}

    def account(self, *issuers: str) -> Account:
        """A new account that sees these issuers."""
        email = f"loyalty-{secrets.token_hex(4)}@project.example"
        made = self.accounts[email] = Account(email, list(issuers))
        return made

    def then(self, *answers: int | str, **headers: str) -> None:
        """What the next calls of the REST interface are answered, whatever they say."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.plan.extend((answer, told) for answer in answers)

    def pass_a_second(self) -> None:
        """Whoever hurried may ask again."""
        self._seen.clear()

    def asked(self, method: str, path: str = "") -> list[Call]:
        """The calls of this method whose path holds this."""
        return [call for call in self.calls if call.method == method and path in call.path]

    # -- answering --------------------------------------------------------------------------------

    def token(self, form: Json) -> tuple[int, Json]:
        if self.refuse_tokens:
            status, error = self.refuse_tokens
            return status, {"error": error, "error_description": "no"}
        if form.get("grant_type") != GRANT:
            return 400, {"error": "unsupported_grant_type"}
        try:
            claims = jwt.decode(
                form["assertion"],
                _rsa().public_key(),
                ["RS256"],
                audience=self.url + TOKEN,
                options={
                    "require": ["iss", "aud", "iat", "exp"],
                    "verify_iat": False,
                    "verify_exp": False,
                },
            )
        except (jwt.InvalidTokenError, KeyError):
            return 400, {"error": "invalid_grant"}
        account = self.accounts.get(claims["iss"])
        short = 0 < claims["exp"] - claims["iat"] <= 3600
        if account is None or not account.alive or claims.get("scope") != SCOPE or not short:
            return 400, {"error": "invalid_grant"}
        self.granted += 1
        text = f"ya29.{secrets.token_hex(8)}"
        account.tokens.add(text)
        return 200, {"access_token": text, "expires_in": 3599, "token_type": "Bearer"}

    def rest(self, method: str, path: str, body: Json, token: str) -> tuple[int | str, Json, Json]:
        """`(status or mishap, headers, body)`."""
        with self._lock:
            who = next((each for each in self.accounts.values() if token in each.tokens), None)
            status, headers, told = self._answer(method, path, body, who)
            self.calls.append(
                Call(method, path, body, status, who.email if who else "", self.now())
            )
        return status, headers, told

    def _answer(
        self, method: str, path: str, body: Json, who: Account | None
    ) -> tuple[int | str, Json, Json]:
        if self.plan:
            planned, headers = self.plan.popleft()
            return planned, headers, _error(planned) if isinstance(planned, int) else {}
        if who is None:
            return 401, {}, _error(401)
        if self._hurried(who):
            self.too_fast += 1
            return 429, {"Retry-After": "1"}, _error(429)
        if path == "/issuer" and method == "GET":
            listed = [{"issuerId": number, "name": "Chain"} for number in who.issuers]
            return 200, {}, {"resources": listed}
        kind, _slash, name = path.lstrip("/").partition("/")
        if kind not in ("loyaltyClass", "loyaltyObject"):
            return 404, {}, _error(404)
        status, told = self._resource(method, kind, name or str(body.get("id")), body, who)
        return status, {}, told

    def _hurried(self, who: Account) -> bool:
        seen = self._seen.setdefault(who.issuers[0] if who.issuers else who.email, deque())
        moment = self.now()
        while seen and seen[0] <= moment - 1:
            seen.popleft()
        seen.append(moment)
        return len(seen) > self.per_second

    def _resource(
        self, method: str, kind: str, name: str, body: Json, who: Account
    ) -> tuple[int, Json]:
        kept = self.classes if kind == "loyaltyClass" else self.objects
        if name.partition(".")[0] not in who.issuers:
            return 403, _error(403)
        if method == "GET":
            return (200, kept[name]) if name in kept else (404, _error(404))
        if method == "POST" and name in kept:
            return 409, _error(409)
        if method == "PATCH" and name not in kept:
            return 404, _error(404)
        if method not in ("POST", "PATCH"):
            return 405, _error(405)
        whole = merged(kept.get(name, {}), body) if method == "PATCH" else body
        wrong = self._faults(kind, name, whole, body)
        if wrong:
            return 400, _error(400, wrong)
        # Ephemeral at Google too: said with one request, and not kept.
        kept[name] = {k: v for k, v in whole.items() if k != "notifyPreference"}
        if kind == "loyaltyClass":
            kept[name]["reviewStatus"] = "APPROVED"
        return 200, kept[name]

    def _faults(self, kind: str, name: str, whole: Json, body: Json) -> list[str]:
        found = discovery.faults(kind[0].upper() + kind[1:], whole)
        if whole.get("id") != name:
            found.append("id: another one than the address has")
        if kind == "loyaltyClass" and body.get("reviewStatus") != "UNDER_REVIEW":
            found.append("reviewStatus: every update asks for a review")
        if kind == "loyaltyObject" and whole.get("classId") not in self.classes:
            found.append("classId: no such class")
        return found

    # -- serving ----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def settings(self) -> dict[str, str]:
        """Where an application finds it, by the names of `Settings`."""
        return {
            "google_wallet_api": self.url + API,
            "google_token_url": self.url + TOKEN,
            "google_callback_keys_url": self.url + KEYS,
        }

    @contextmanager
    def running(self) -> Iterator["FakeGoogle"]:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.google = self
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.release.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    google: FakeGoogle

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what tests make happen."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def _serve(self) -> None:
        google, path = self.server.google, urlsplit(self.path).path
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == TOKEN:
            form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
            self._say(*google.token(form))
        elif path == KEYS:
            google.signing.asked += 1
            if google.signing.away:
                self._say(503, {})
            else:
                self._say(200, google.signing.published(), {"Cache-Control": "max-age=3600"})
        elif path.startswith(API):
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            body = json.loads(raw or b"{}")
            status, headers, told = google.rest(self.command, path.removeprefix(API), body, token)
            if status in (RESET, SILENCE):
                google.release.wait(0 if status == RESET else 30)
                self.close_connection = True
                self.connection.shutdown(2)
            else:
                self._say(int(status), told, headers)
        else:
            self._say(404, {})

    def _say(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def merged(old: Json, new: Json) -> Json:
    """A JSON merge patch (RFC 7396): null takes away, objects grow together, lists are new."""
    whole = dict(old)
    for name, value in new.items():
        if value is None:
            whole.pop(name, None)
        elif isinstance(value, dict) and isinstance(whole.get(name), dict):
            whole[name] = merged(whole[name], value)
        else:
            whole[name] = value
    return whole


def _error(status: int, fields: list[str] | None = None) -> Json:
    """As Google's interfaces tell faults; the sentence repeats what it was given."""
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
    names |= {404: "NOT_FOUND", 409: "ALREADY_EXISTS", 429: "RESOURCE_EXHAUSTED"}
    details = [{"fieldViolations": [{"field": each} for each in fields or []]}]
    error = {"code": status, "status": names.get(status, "INTERNAL"), "details": details}
    return {"error": error | {"message": f"Invalid value for Anouk: {fields}"}}


class Signing:
    """Google's callbacks: a root key that is published, one below it, and messages."""

    def __init__(self) -> None:
        self.root = ec.generate_private_key(ec.SECP256R1())
        self.between = ec.generate_private_key(ec.SECP256R1())
        self.asked, self.away = 0, False

    def published(self) -> Json:
        other = {"keyValue": "AAAA", "protocolVersion": "ECv1"}
        ends = _millis(timedelta(days=30))
        root = {"keyValue": _spki(self.root), "protocolVersion": "ECv2SigningOnly"}
        return {"keys": [other, root | {"keyExpiration": ends}]}

    def message(
        self,
        *,
        issuer: str,
        class_suffix: str,
        object_suffix: str,
        event: str = "save",
        nonce: str | None = None,
        recipient: str | None = None,
        lives: timedelta = timedelta(hours=1),
        key_lives: timedelta = timedelta(days=1),
        sender: str = "GooglePayPasses",
    ) -> Json:
        """What Google would post."""
        protocol = "ECv2SigningOnly"
        key = json.dumps({"keyValue": _spki(self.between), "keyExpiration": _millis(key_lives)})
        told = json.dumps(
            {
                "classId": f"{issuer}.{class_suffix}",
                "objectId": f"{issuer}.{object_suffix}",
                "eventType": event,
                "expTimeMillis": int(_millis(lives)),
                "count": 1,
                "nonce": nonce or secrets.token_hex(16),
            }
        )
        return {
            "protocolVersion": protocol,
            "intermediateSigningKey": {
                "signedKey": key,
                "signatures": [_sign(self.root, sender, protocol, key)],
            },
            "signedMessage": told,
            "signature": _sign(self.between, sender, recipient or issuer, protocol, told),
        }


def _sign(key: ec.EllipticCurvePrivateKey, *parts: str) -> str:
    said = b"".join(len(p.encode()).to_bytes(4, "little") + p.encode() for p in parts)
    return base64.b64encode(key.sign(said, ec.ECDSA(SHA256()))).decode()


def _spki(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return base64.b64encode(der).decode()


def _millis(ahead: timedelta) -> str:
    return str(int((clock.now() + ahead).timestamp() * 1000))
