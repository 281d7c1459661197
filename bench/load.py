"""A small closed-loop HTTP client: N keep-alive connections in one thread, no library between.

Runs as a process of its own (`python -m bench.load`), so that its CPU is not the server's:
a `Plan` comes in on stdin as JSON, a `Tally` goes out. It costs some 25 µs a request.
"""

import json
import os
import random
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

LONGEST_SECONDS = 120
SILENCE_SECONDS = 15


@dataclass(frozen=True)
class Plan:
    """What to send. `path` and `body` may hold `{card}`, which a random card replaces, or each
    `in_turn`; `keyed` gives every request an Idempotency-Key of its own, and `{key}` in a form's
    body is another."""

    port: int
    path: str
    method: str = "POST"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cards: list[str] = field(default_factory=lambda: [""])
    keyed: bool = True
    in_turn: bool = False
    clients: int = 8
    seconds: float = 2.0
    warm_seconds: float = 0.4


@dataclass(frozen=True)
class Tally:
    """What came back: answers by status, the rate, and the latencies in milliseconds; `sent`
    counts every request, those before and after the clock ran too."""

    statuses: dict[str, int]
    sent: int
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def done(self) -> int:
        return sum(self.statuses.values())

    def only(self, status: int) -> bool:
        return set(self.statuses) == {str(status)}


def run(plan: Plan) -> Tally:
    """Send the plan from a process of its own; raises RuntimeError with what that one said."""
    ended = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(plan)),
        capture_output=True,
        text=True,
        timeout=plan.seconds + plan.warm_seconds + SILENCE_SECONDS + 15,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"the load client failed: {ended.stderr[-800:]}")
    return Tally(**json.loads(ended.stdout))


def requests(plan: Plan) -> Iterator[bytes]:
    """Endless requests, each a whole message."""
    pick, count, run_id = random.Random(os.getpid()), 0, os.urandom(6).hex()
    sample = plan.body.replace("{card}", plan.cards[0]).replace("{key}", f"{run_id}-{count:09d}")
    length = len(sample.encode())
    head = "".join(f"{name}: {value}\r\n" for name, value in plan.headers.items())
    while True:
        card = plan.cards[count % len(plan.cards)] if plan.in_turn else pick.choice(plan.cards)
        count += 1
        name = f"{run_id}-{count:09d}"
        key = f"Idempotency-Key: {name}\r\n" if plan.keyed else ""
        body = plan.body.replace("{card}", card).replace("{key}", name)
        yield (
            f"{plan.method} {plan.path.replace('{card}', card)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"{head}{key}Content-Length: {length}\r\n\r\n{body}"
        ).encode()


class _Caller:
    """One connection with one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SILENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.sent_at = b"", 0.0

    def send(self, message: bytes) -> None:
        self.buffer, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(message)

    def status(self) -> str | None:
        """Read what is there: the status once the answer is whole, None before."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self.buffer += chunk
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        if not gap:
            return None
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at > 0 else 0
        return head[9:12].decode() if len(body) >= length else None


def call(plan: Plan) -> Tally:
    """Keep every connection busy until the time is up."""
    messages, spent, statuses, sent = requests(plan), [], Counter[str](), plan.clients
    callers = [_Caller(plan.port) for _ in range(plan.clients)]
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.socket, selectors.EVENT_READ, caller)
            caller.send(next(messages))
        counted_from = time.perf_counter() + plan.warm_seconds
        until = counted_from + min(plan.seconds, LONGEST_SECONDS)
        now, last_answer = time.perf_counter(), time.perf_counter()
        while now < until:
            for ready, _ in selector.select(timeout=1):
                caller = ready.data
                status = caller.status()
                now = time.perf_counter()
                if status is None:
                    continue
                last_answer = now
                if now >= counted_from:
                    spent.append(now - caller.sent_at)
                    statuses[status] += 1
                caller.send(next(messages))
                sent += 1
            now = time.perf_counter()
            if now - last_answer > SILENCE_SECONDS:
                raise TimeoutError(f"no answer for {SILENCE_SECONDS} s")
    _drain(callers)
    return _tally(spent, statuses, sent, now - counted_from)


def _drain(callers: list[_Caller]) -> None:
    """Let the last requests finish: nothing is left running into the next measurement."""
    for caller in callers:
        while caller.status() is None:
            pass
        caller.socket.close()


def _tally(spent: list[float], statuses: Counter[str], sent: int, seconds: float) -> Tally:
    if not spent:
        raise RuntimeError("no request was answered")
    spent.sort()
    p50, p99 = (spent[min(len(spent) - 1, int(len(spent) * part))] for part in (0.50, 0.99))
    rate, longest = len(spent) / seconds, spent[-1]
    return Tally(dict(statuses), sent, seconds, rate, p50 * 1e3, p99 * 1e3, longest * 1e3)


if __name__ == "__main__":
    print(json.dumps(asdict(call(Plan(**json.load(sys.stdin))))))
