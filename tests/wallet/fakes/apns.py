"""A push service as Apple's, on loopback: TLS that asks for the client's certificate, HTTP/2.

It checks what Apple checks (the topic is the certificate's, the body is `{}`, the headers are
there) and answers as it is told to: by the token, one answer after the other, and 200 otherwise.
"""

import json
import socket
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from tests.wallet import pki

TIME_OUT, RESET, HANG_UP, GOAWAY = "time-out", "reset", "hang up", "goaway"


@dataclass(frozen=True)
class Say:
    """One answer: a status with its body, or something worse."""

    status: int = 200
    reason: str = ""
    since_ms: int | None = None
    retry_after: int | None = None
    instead: str = ""  # one of the four


@dataclass(frozen=True)
class Push:
    """What arrived."""

    token: str
    topic: str
    headers: dict[str, str]
    answer: Say


@dataclass
class Apns:
    """The service. `pushes` is all that arrived; `wrong` what Apple would never have been sent."""

    port: int
    pushes: list[Push] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    connections: int = 0
    most_streams: int = 0
    otherwise: Callable[[str], Say] = field(default=lambda token: Say())
    _script: dict[str, deque[Say]] = field(default_factory=lambda: defaultdict(deque))
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def forget(self) -> None:
        """Begin anew; connections stay."""
        self.pushes.clear()
        self.wrong.clear()
        self._script.clear()
        self.otherwise = lambda token: Say()

    def script(self, token: str, *answers: Say) -> None:
        """What the next pushes to this token are told."""
        self._script[token].extend(answers)

    def tokens(self) -> list[str]:
        return [push.token for push in self.pushes]

    def judge(self, uid: str, headers: dict[str, str], body: bytes) -> Say:
        """What to say to one push."""
        token = headers[":path"].removeprefix("/3/device/")
        topic = headers.get("apns-topic", "")
        with self._turn:
            answer = self._script[token].popleft() if self._script[token] else self.otherwise(token)
            if topic != uid:
                answer = Say(400, "TopicDisallowed")
            self.pushes.append(Push(token, topic, headers, answer))
            self.wrong += _faults(headers, body, topic, uid)
        return answer


def _faults(headers: dict[str, str], body: bytes, topic: str, uid: str) -> Iterator[str]:
    if body != b"{}":
        yield f"body {body!r}"
    if topic != uid:
        yield f"topic {topic!r} of the certificate for {uid!r}"
    if headers[":method"] != "POST" or not headers[":path"].startswith("/3/device/"):
        yield f"{headers[':method']} {headers[':path']}"
    for name, value in {"apns-push-type": "background", "apns-priority": "5"}.items():
        if headers.get(name) != value:
            yield f"{name}: {headers.get(name)}"
    if int(headers.get("apns-expiration", 0)) <= 0:
        yield "no expiration"


@contextmanager
def serving(folder: Path, authority: pki.Authority | None = None) -> Iterator[Apns]:
    """The service while the block runs; `folder/root.pem` is what its callers trust."""
    folder.mkdir(parents=True, exist_ok=True)
    context = _context(folder, authority or pki.authority())
    listening = socket.create_server(("127.0.0.1", 0))
    fake, stop, open_now = Apns(listening.getsockname()[1]), threading.Event(), set[socket.socket]()

    def accept() -> None:
        while not stop.is_set():
            try:
                raw, _ = listening.accept()
            except OSError:
                return
            open_now.add(raw)
            threading.Thread(
                target=_serve, args=(fake, context, raw, open_now), daemon=True
            ).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        stop.set()
        for each in (listening, *open_now):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        thread.join(5)


def _context(folder: Path, authority: pki.Authority) -> ssl.SSLContext:
    own = authority.server()
    pair, trusted = folder / "server.pem", folder / "clients.pem"
    pair.write_bytes(own.pem + own.key_pem)
    trusted.write_bytes(authority.root.pem + authority.wwdr.pem)
    (folder / "root.pem").write_bytes(authority.root.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    context.load_verify_locations(trusted)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    return context


def _serve(
    fake: Apns, context: ssl.SSLContext, raw: socket.socket, open_now: set[socket.socket]
) -> None:
    wire: socket.socket = raw
    try:
        with context.wrap_socket(raw, server_side=True) as secured:
            wire = secured
            open_now.add(secured)
            fake.connections += 1
            _talk(fake, secured)
    except (OSError, ProtocolError):  # a client that we refuse, or that left
        pass
    finally:
        open_now -= {raw, wire}
        raw.close()


def _talk(fake: Apns, wire: ssl.SSLSocket) -> None:
    uid = _uid(wire.getpeercert(binary_form=True) or b"")
    talk = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
    talk.initiate_connection()
    wire.sendall(talk.data_to_send())
    asked: dict[int, tuple[dict[str, str], bytearray]] = {}
    while data := wire.recv(65_536):
        for event in talk.receive_data(data):
            if isinstance(event, RequestReceived):
                asked[event.stream_id] = ({str(k): str(v) for k, v in event.headers}, bytearray())
                fake.most_streams = max(fake.most_streams, talk.open_inbound_streams)
            elif isinstance(event, DataReceived):
                asked[event.stream_id][1].extend(event.data)
                talk.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                headers, body = asked.pop(event.stream_id)
                answer = fake.judge(uid, headers, bytes(body))
                if _say(talk, event.stream_id, answer):
                    wire.sendall(talk.data_to_send())
                    return
        wire.sendall(talk.data_to_send())


def _say(talk: H2Connection, stream: int, answer: Say) -> bool:
    """Put the answer down; whether the connection ends with it."""
    if answer.instead == TIME_OUT:
        return False
    if answer.instead == RESET:
        talk.reset_stream(stream)
        return False
    if answer.instead == HANG_UP:
        return True
    if answer.instead == GOAWAY:
        talk.close_connection(last_stream_id=0)
        return True
    headers = [(":status", str(answer.status))]
    if answer.retry_after:
        headers.append(("retry-after", str(answer.retry_after)))
    told: dict[str, str | int] = {"reason": answer.reason} if answer.reason else {}
    if answer.since_ms is not None:
        told["timestamp"] = answer.since_ms
    talk.send_headers(stream, headers, end_stream=not told)
    if told:
        talk.send_data(stream, json.dumps(told).encode(), end_stream=True)
    return False


def _uid(der: bytes) -> str:
    subject = x509.load_der_x509_certificate(der).subject
    return str(subject.get_attributes_for_oid(NameOID.USER_ID)[0].value)
