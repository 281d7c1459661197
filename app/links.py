"""Secrets in links: derived, never stored, so that nothing at rest opens anything.

A secret is a row's id and a keyed hash of what it is good for, 34 characters of base64. Whoever
reads one finds the row by its id and lets the link prove itself against what the row says now:
the moment that changes, links of before lead nowhere.
"""

import base64
import hmac
from dataclasses import dataclass, field

from flask import current_app

from config import Keyring

from .errors import NotFound

_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Link:
    """What somebody holds: which row it speaks of, and what has yet to prove itself."""

    row_id: int
    _version: int = field(repr=False)
    _mac: bytes = field(repr=False)

    def proves(self, purpose: str, claim: str) -> bool:
        """Whether the link was made for this purpose and claim; under any key that is kept."""
        return hmac.compare_digest(_hash(purpose, claim, self._version), self._mac)


def secret(purpose: str, row_id: int, claim: str) -> str:
    """What stands in the address. `claim` names all that the link depends on."""
    version = _keyring().current
    body = bytes([version]) + row_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _hash(purpose, claim, version)).decode().rstrip("=")


def read(secret: str) -> Link:
    """A link as it was typed or followed; raises `NotFound` for what can be none."""
    try:
        raw = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    except ValueError:
        raw = b""
    if len(raw) != 9 + _MAC_BYTES:
        raise NotFound()
    return Link(int.from_bytes(raw[1:9], "big") & (2**63 - 1), raw[0], raw[9:])


def _hash(purpose: str, claim: str, version: int) -> bytes:
    try:
        return _keyring().mac(purpose, claim.encode(), version)[:_MAC_BYTES]
    except KeyError:  # that key is gone: nothing proves itself by it
        return b""


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].secret_key
    return keyring
