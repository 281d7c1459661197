"""A client as the contract wants one: it repeats an unanswered request with its key."""

import http.client
import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from .stage import Stage
from .verbs import Ask, Told

SETTLED_WITHIN_SECONDS = 60
# "Nothing is done twice: try again." Whatever else begins with a 5 is a fault.
HONEST = {(503, "busy"), (503, "unavailable"), (409, "idempotency-in-flight")}


@dataclass
class Log:
    """What the clients of a siege saw, all of them."""

    told: list[Told] = field(default_factory=list)
    replayed: int = 0
    resets: int = 0
    waits: Counter[str] = field(default_factory=Counter)  # honest answers to come back
    faults: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    asked_at: float = 0.0  # when the latest request was asked that has been answered
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settled(self) -> int:
        return len(self.told) + self.faults.total()

    @property
    def p99_ms(self) -> float:
        """Of the requests that no kill touched."""
        return sorted(self.milliseconds)[int(len(self.milliseconds) * 0.99)]


class Partner:
    """One connection, which outlives the server's deaths."""

    def __init__(self, port: int, stage: Stage, log: Log, stop: threading.Event) -> None:
        self._stage, self._log, self._stop = stage, log, stop
        self._cookies = dict(stage.terminal_cookies)
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def settle(self, ask: Ask) -> Told | None:
        """Ask until it is answered; None where the answer is a fault, which is in the log."""
        until, clean = time.monotonic() + SETTLED_WITHIN_SECONDS, True
        while time.monotonic() < until and not self._stop.is_set():
            began = time.monotonic()
            try:
                answer = self._ask(ask)
            except (OSError, http.client.HTTPException):
                self.wire.close()
                with self._log.turn:
                    self._log.resets += clean
                clean = False
                time.sleep(0.02)
                continue
            if (answer.status, answer.code) in HONEST:
                with self._log.turn:
                    self._log.waits[f"{answer.status} {answer.code}"] += 1
                clean = False
                time.sleep(0.05)
                continue
            return self._note(ask, answer, began, clean=clean)
        with self._log.turn:
            self._log.faults["never settled"] += 1
        return None

    def _note(self, ask: Ask, answer: "Answer", began: float, *, clean: bool) -> Told | None:
        with self._log.turn:
            if answer.status not in (200, 201, 303) and answer.code not in ask.fair:
                self._log.faults[f"{ask.verb}: {answer.status} {answer.code}"] += 1
                return None
            if clean:
                self._log.milliseconds.append((time.monotonic() - began) * 1e3)
            self._log.asked_at = max(self._log.asked_at, began)
            self._log.replayed += answer.replayed
            refused = answer.code if answer.code else None
            told = Told(ask, answer.body, refused)
            self._log.told.append(told)
            return told

    def _ask(self, ask: Ask) -> "Answer":
        if ask.by_hand:
            return self._press(ask)
        headers = self._stage.headers | {"Idempotency-Key": ask.key}
        self.wire.request("POST", f"/api/v1{ask.path}", json.dumps(ask.body), headers)
        response = self.wire.getresponse()
        body = json.loads(response.read())
        replayed = response.headers["Idempotent-Replay"] == "true"
        code = "" if response.status in (200, 201) else body.get("code", "?")
        return Answer(response.status, body, code, replayed)

    def _press(self, ask: Ask) -> "Answer":
        """The same by a form of the counter: a page, whose refusals are told by their look."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {
            "Cookie": cookies,
            "X-CSRFToken": self._stage.csrf_token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        form = urlencode(ask.body | {"key": ask.key})
        self.wire.request("POST", ask.path, form, headers)
        response = self.wire.getresponse()
        page = response.read().decode()
        for cookie in response.headers.get_all("Set-Cookie", ()):
            self._cookies |= {n: kept.value for n, kept in SimpleCookie(cookie).items()}
        there = re.search(r"/terminal/verdicts/([0-9]+)", response.headers["Location"] or "")
        if response.status == 303 and there:
            return Answer(303, {"transaction_id": int(there[1])})
        return Answer(response.status, {}, _read(response.status, page, ask))


@dataclass(frozen=True)
class Answer:
    """One response: its body, and its code where it is none of what was asked for."""

    status: int
    body: dict[str, Any]
    code: str = ""
    replayed: bool = False


def _read(status: int, page: str, ask: Ask) -> str:
    """The code that a page stands for."""
    if status == 503:
        return "unavailable"
    by_status = {404: {"not-found"}, 409: {"card-blocked", "already-voided"}}
    fair = ask.fair & by_status.get(status, set())
    return min(fair, default="locked" if "locked" in page else f"a page to {ask.path}")
