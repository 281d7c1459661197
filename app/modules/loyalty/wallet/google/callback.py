"""What Google says when somebody saves a card or throws it away: `ECv2SigningOnly`.

A root key, which Google publishes, signs an intermediate one for a while; that one signs the
message. What is signed is a row of parts, each after its length in four bytes, the least first.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from . import objects, roots
from .roots import PROTOCOL

SENDER = "GooglePayPasses"
SAVED, DELETED = "save", "del"
LARGEST = 16 * 1024
LONGEST_NONCE = 120


class NotAccepted(Exception):
    """Not from Google, not for us, or not any more. Who sent it is not told which."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to which object, as Google's message says it."""

    issuer: str
    company_id: int
    suffix: str  # the object's, a pass's serial
    kind: str
    nonce: str


def claimed(raw: bytes) -> tuple[dict[str, Any], Event]:
    """`(the envelope, what it claims)`, nothing of it proven yet. Raises `NotAccepted`."""
    try:
        envelope = _object(json.loads(raw))
        message = _object(json.loads(_text(envelope, "signedMessage")))
        issuer, _dot, class_suffix = _text(message, "classId").partition(".")
        its_issuer, _dot, suffix = _text(message, "objectId").partition(".")
        kind, nonce = _text(message, "eventType").lower(), _text(message, "nonce")
    except (ValueError, RecursionError):
        raise NotAccepted from None
    company = objects.company_of(class_suffix)
    ours = issuer.isdecimal() and issuer == its_issuer
    plain = nonce.isascii() and nonce.isprintable() and 0 < len(nonce) <= LONGEST_NONCE
    if not ours or not plain or company is None or kind not in (SAVED, DELETED):
        raise NotAccepted
    return envelope, Event(issuer, company, suffix, kind, nonce)


def prove(envelope: dict[str, Any], issuer: str, keys: roots.Keys, now: datetime) -> None:
    """Raises `NotAccepted` unless Google signed this message for this issuer, and it still
    counts."""
    try:
        if _text(envelope, "protocolVersion") != PROTOCOL:
            raise NotAccepted
        between = _object(envelope.get("intermediateSigningKey"))
        signed_key = _text(between, "signedKey")
        signatures = between.get("signatures")
        if not isinstance(signatures, list) or not _any(
            keys, signatures, _joined(SENDER, PROTOCOL, signed_key)
        ):
            raise NotAccepted
        told = _object(json.loads(signed_key))
        message = _text(envelope, "signedMessage")
        if now >= roots.millis(told.get("keyExpiration")):
            raise NotAccepted
        key = roots.public_key(_text(told, "keyValue"))
        said = _joined(SENDER, issuer, PROTOCOL, message)
        if not _any((key,), [_text(envelope, "signature")], said):
            raise NotAccepted
        if now >= roots.millis(_object(json.loads(message)).get("expTimeMillis")):
            raise NotAccepted
    except (ValueError, RecursionError):
        raise NotAccepted from None


def _any(keys: Iterable[EllipticCurvePublicKey], signatures: list[Any], said: bytes) -> bool:
    """Whether any of the keys made any of the signatures, of which a few are looked at."""
    tried = [_bytes(each) for each in signatures[:8]]
    return any(_made(key, signature, said) for key in keys for signature in tried)


def _made(key: EllipticCurvePublicKey, signature: bytes, said: bytes) -> bool:
    try:
        key.verify(signature, said, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _joined(*parts: str) -> bytes:
    pieces = (part.encode() for part in parts)
    return b"".join(len(piece).to_bytes(4, "little") + piece for piece in pieces)


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("no signature")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no signature") from None


def _object(told: object) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise ValueError("no object")
    return told


def _text(told: dict[str, Any], name: str) -> str:
    text = told.get(name)
    if not isinstance(text, str):
        raise ValueError(f"no {name}")
    return text
