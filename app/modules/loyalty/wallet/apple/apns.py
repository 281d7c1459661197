"""Apple's push service: HTTP/2 with the pass type's certificate, one connection for each.

Source: Apple's "Sending notification requests to APNs". A push for a pass says nothing: its body
is `{}`, and the phone then asks the web service what changed.
"""

import socket
import ssl
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2

from config import Settings

from ..... import clock
from ..channels import AppleKeys

PATIENCE = httpx2.Timeout(6, connect=4)  # seconds; with one more try less than a round has
_ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=600)
_KEPT = 32  # connections; a round needs one at a time
_BODY = b"{}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What APNs said of one push; a `status` of 0 is that it said nothing, and `reason` why.
    `since_ms` of a 410: since when the token is no good. `wait_seconds`: when to come again."""

    status: int
    reason: str = ""
    since_ms: int | None = None
    wait_seconds: float | None = None


class Connection:
    """One connection, shared by threads; reopened when it broke."""

    def __init__(self, keys: AppleKeys, topic: str, settings: Settings) -> None:
        self._context = _context(keys, settings.apns_ca)
        self._url, self._topic = settings.apns_url.rstrip("/"), topic
        self._turn = threading.Lock()
        self._client: httpx2.Client | None = None

    def push(self, token: str, expires: int) -> Answer:
        """Tell the phone of this token that something changed; `expires` is a moment in seconds,
        until which APNs tries. A connection that Apple ended in the middle is opened again once:
        pushing twice does no harm."""
        for attempt in (1, 2):
            client = self._open()
            try:
                return _told(self._post(client, token, expires))
            except httpx2.TimeoutException:
                self.close(client)
                return Answer(0, "no answer in time")
            except (httpx2.HTTPError, RuntimeError) as fault:
                # RuntimeError: another thread has just closed it. One stream that was reset says
                # nothing of the others, which may well come to their end.
                if attempt == 2 or "StreamReset" not in str(fault):
                    self.close(client)
                if attempt == 2:
                    return self._broken()
        raise AssertionError("the second attempt ends in one of these")

    def _broken(self) -> Answer:
        """Why there is no connection. Whom TLS refuses it tells so by an alert; since its newest
        version does that after the handshake, we say nothing then and listen."""
        url = httpx2.URL(self._url)
        try:
            with (
                socket.create_connection((url.host, url.port or 443), PATIENCE.connect) as raw,
                self._context.wrap_socket(raw, server_hostname=url.host) as wire,
            ):
                wire.recv(1)
        except ssl.SSLError as fault:
            if "CERTIFICATE" in str(fault).upper() or "UNKNOWN_CA" in str(fault).upper():
                return Answer(403, "the certificate is refused")
        except OSError:
            pass  # it is not there at all
        return Answer(0, "the connection broke")

    def close(self, broken: httpx2.Client | None = None) -> None:
        """Close it; `broken`: unless another thread has opened a new one meanwhile."""
        with self._turn:
            client = self._client
            if client is not None and broken in (None, client):
                self._client = None
                client.close()

    def _open(self) -> httpx2.Client:
        with self._turn:
            if self._client is None:
                self._client = httpx2.Client(
                    http2=True, verify=self._context, timeout=PATIENCE, limits=_ONE, trust_env=False
                )
            return self._client

    def _post(self, client: httpx2.Client, token: str, expires: int) -> httpx2.Response:
        headers = {
            "apns-topic": self._topic,
            "apns-push-type": "background",
            "apns-priority": "5",
            "apns-expiration": str(expires),
        }
        return client.post(f"{self._url}/3/device/{token}", content=_BODY, headers=headers)


_connections: OrderedDict[tuple[str, str], Connection] = OrderedDict()
_turn = threading.Lock()


def connected(keys: AppleKeys, topic: str, settings: Settings) -> Connection:
    """The open connection of these credentials, or a new one; the one not used for longest is
    closed. Raises `ValueError` where certificate and key cannot be used."""
    named = (keys.fingerprint, settings.apns_url)
    with _turn:
        if named not in _connections:
            _connections[named] = Connection(keys, topic, settings)
        _connections.move_to_end(named)
        old = _connections.popitem(last=False)[1] if len(_connections) > _KEPT else None
        found = _connections[named]
    if old is not None:
        old.close()
    return found


def hang_up() -> None:
    """Close every connection; the next push opens its own again."""
    with _turn:
        for each in _connections.values():
            each.close()


def _context(keys: AppleKeys, authority: Path | None) -> ssl.SSLContext:
    """TLS with our certificate. The library reads it from a file alone: one that only we can read,
    and gone at once."""
    context = ssl.create_default_context(cafile=str(authority) if authority else None)
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder:
        path = Path(folder) / "pair.pem"
        path.touch(mode=0o600)
        path.write_bytes(b"\n".join((keys.certificate, keys.intermediate, keys.key)))
        try:
            context.load_cert_chain(path)
        except (ssl.SSLError, OSError):
            raise ValueError("the pass certificate and its key do not fit") from None
    return context


def _told(response: httpx2.Response) -> Answer:
    told: dict[str, Any] = {}
    if response.status_code != 200:
        try:
            said = response.json()
            told = said if isinstance(said, dict) else {}
        except ValueError:
            told = {}
    since = told.get("timestamp")
    return Answer(
        response.status_code,
        str(told.get("reason", ""))[:60],
        since if isinstance(since, int) else None,
        _seconds(response.headers.get("retry-after", "")),
    )


def _seconds(said: str) -> float | None:
    """Of a Retry-After header: seconds, or a date."""
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(1.0, (parsedate_to_datetime(said) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return None
