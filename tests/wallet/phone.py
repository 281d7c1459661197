"""A phone as Apple's documents describe it: it takes passes that its checker takes, registers, is
woken by pushes, lists by its tag, fetches on condition, and shows what a change has to say.

It speaks to the web service through a client of Werkzeug's and knows nothing but what is in its
passes.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import Client, TestResponse

from tests.cast import Chain
from tests.wallet import checker, pki, takes

ROOT = "/wallet/apple/v1"


@dataclass
class Held:
    """One pass in the phone."""

    said: dict[str, Any]
    modified: str | None = None
    fetched: int = 0

    @property
    def serial(self) -> str:
        return str(self.said["serialNumber"])

    @property
    def pass_type(self) -> str:
        return str(self.said["passTypeIdentifier"])

    @property
    def asks(self) -> bool:
        """Whether it has what updates need."""
        return "webServiceURL" in self.said

    @property
    def shown(self) -> dict[str, Any]:
        """The fields' values, by their keys."""
        return {each["key"]: each["value"] for each in checker.fields(self.said)}


@dataclass
class Phone:
    """`notices` are what it has shown, in order; `tags` what it knows of each pass type."""

    client: Client
    device: str = field(default_factory=lambda: secrets.token_hex(16))
    push_token: str = field(default_factory=lambda: secrets.token_hex(32))
    held: dict[str, Held] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    root: bytes = field(default_factory=lambda: pki.authority().root.pem)

    def add(self, package: bytes) -> Held:
        """Put a pass into the wallet and ask to be told of its changes."""
        held = Held(checker.check(package, root=self.root))
        self.held[held.serial] = held
        if held.asks:
            answer = self.register(held)
            assert answer.status_code in (200, 201), answer.status_code
        return held

    def register(self, held: Held, **body: Any) -> TestResponse:
        told = body or {"pushToken": self.push_token}
        return self._send("POST", held, self._registration(held), json=told)

    def remove(self, held: Held) -> TestResponse:
        """The pass is deleted."""
        del self.held[held.serial]
        return self._send("DELETE", held, self._registration(held))

    def wake(self) -> list[str]:
        """What a push does: list what changed, fetch each; the serials that were listed."""
        listed: list[str] = []
        for pass_type in {held.pass_type for held in self.held.values() if held.asks}:
            answer = self.list(pass_type)
            if answer.status_code == 200:
                told = answer.get_json()
                listed += told["serialNumbers"]
                self.tags[pass_type] = told["lastUpdated"]
        for serial in listed:
            if serial in self.held:
                self.fetch(self.held[serial])
        return listed

    def list(self, pass_type: str) -> TestResponse:
        """No token is sent: the phone does not say who it is."""
        held = next(held for held in self.held.values() if held.pass_type == pass_type)
        since = {"passesUpdatedSince": self.tags[pass_type]} if pass_type in self.tags else {}
        path = f"{_root(held)}/v1/devices/{self.device}/registrations/{pass_type}"
        return self.client.get(path, query_string=since)

    def fetch(self, held: Held) -> TestResponse:
        """The pass, unless it is the one that the phone has."""
        answer = self.get(held)
        if answer.status_code == 200:
            said = checker.check(answer.get_data(), root=self.root)
            assert said["serialNumber"] == held.serial
            self.notices += checker.spoken(held.said, said)
            held.said, held.fetched = said, held.fetched + 1
            held.modified = answer.headers["Last-Modified"]
        return answer

    def get(self, held: Held, method: str = "GET") -> TestResponse:
        known = {"If-Modified-Since": held.modified} if held.modified else {}
        path = f"{_root(held)}/v1/passes/{held.pass_type}/{held.serial}"
        return self._send(method, held, path, headers=known)

    def _registration(self, held: Held) -> str:
        kind = f"registrations/{held.pass_type}/{held.serial}"
        return f"{_root(held)}/v1/devices/{self.device}/{kind}"

    def _send(self, method: str, held: Held, path: str, **sent: Any) -> TestResponse:
        token = held.said.get("authenticationToken", "")
        headers = {"Authorization": f"ApplePass {token}"} | sent.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **sent)


@dataclass(frozen=True)
class InHand:
    """A phone with one pass."""

    phone: Phone
    held: Held


def in_hand(chain: Chain, number: str = "") -> tuple[Phone, Held]:
    """A phone with the pass of a card, a new one unless it is given."""
    phone = Phone(chain.app.test_client())
    return phone, phone.add(takes.package(chain, number or chain.card()))


def _root(held: Held) -> str:
    """The path of the web service, as the pass names it; what is behind the name is our client."""
    return str(urlsplit(held.said.get("webServiceURL", "/wallet/apple")).path)
