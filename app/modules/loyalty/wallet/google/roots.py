"""The keys that Google signs its signing keys with, as it publishes them."""

import base64
import binascii
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ..... import clock
from .answers import read
from .client import http

PROTOCOL = "ECv2SigningOnly"
_AT_MOST, _AT_LEAST = timedelta(days=7), timedelta(minutes=5)
_PAUSE = timedelta(minutes=1)  # after a try that failed: strangers do not make us ask again
_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})")

Keys = tuple[EllipticCurvePublicKey, ...]


class Unreachable(RuntimeError):
    """The keys cannot be had now."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Keys until a moment; none at all where they could not be had."""

    keys: Keys
    until: datetime


_kept: dict[str, _Kept] = {}  # by the setting's address, of which there is one
_lock = threading.Lock()


def keys(url: str) -> Keys:
    """Those that are good now, remembered as long as Google says. Raises `Unreachable`."""
    with _lock:
        kept = _kept.get(url)
        if kept is None or clock.now() >= kept.until:
            kept = _kept[url] = _fetch(url)
    if not kept.keys:
        raise Unreachable("Google's keys cannot be read now")
    return kept.keys


def forget() -> None:
    with _lock:
        _kept.clear()


def public_key(text: str) -> EllipticCurvePublicKey:
    """A P-256 key as Google writes it: DER in Base64. Raises ValueError."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, UnsupportedAlgorithm, TypeError):
        raise ValueError("no key") from None
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ValueError("no P-256 key")
    return key


def millis(text: object) -> datetime:
    """A moment in milliseconds, a string as Google writes them. Raises ValueError."""
    if not isinstance(text, str | int) or not str(text).isdecimal() or len(str(text)) > 14:
        raise ValueError("no moment")
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _fetch(url: str) -> _Kept:
    now = clock.now()
    try:
        response = http().get(url)
        response.raise_for_status()
        listed = read(response).get("keys")
        found = [_usable(each, now) for each in listed] if isinstance(listed, list) else []
    except httpx2.HTTPError:
        return _Kept((), now + _PAUSE)
    good = [each for each in found if each]
    if not good:
        return _Kept((), now + _PAUSE)
    age = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
    told = timedelta(seconds=int(age[1])) if age else _AT_LEAST
    until = min([now + min(max(told, _AT_LEAST), _AT_MOST), *(ends for _, ends in good)])
    return _Kept(tuple(key for key, _ in good), until)


def _usable(told: object, now: datetime) -> tuple[EllipticCurvePublicKey, datetime] | None:
    """One published key and when it ends; None for those of other protocols and days gone by."""
    if not isinstance(told, dict) or told.get("protocolVersion") != PROTOCOL:
        return None
    try:
        ends = millis(told["keyExpiration"]) if told.get("keyExpiration") else now + _AT_MOST
        key = public_key(str(told.get("keyValue")))
    except ValueError:
        return None
    return (key, ends) if ends > now else None
