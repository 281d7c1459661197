"""ECv2SigningOnly: a message that was changed anywhere is not Google's any more."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from app import clock
from app.modules.loyalty.wallet.google import callback
from tests.wallet.fakes.google import Signing

ISSUER = "3388000000022"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def signing() -> Signing:
    return Signing()


def believed(signing: Signing, message: Json) -> callback.Event:
    """The event of a message that is believed; raises `NotAccepted`."""
    envelope, event = callback.claimed(json.dumps(message).encode())
    callback.prove(envelope, event.issuer, (signing.root.public_key(),), clock.now())
    return event


def message(signing: Signing) -> Json:
    return signing.message(
        issuer=ISSUER, class_suffix="loyalty-ff", object_suffix="ff-1-1", event="del", nonce="once"
    )


def test_what_google_signed_is_believed(signing: Signing) -> None:
    event = believed(signing, message(signing))
    assert event == callback.Event(ISSUER, 255, "ff-1-1", "del", "once")


def _inside(name: str, change: Callable[[Json], None]) -> Callable[[Json], None]:
    """Change what is in a JSON text of the envelope."""

    def changed(envelope: Json) -> None:
        holder = envelope if name in envelope else envelope["intermediateSigningKey"]
        told = json.loads(holder[name])
        change(told)
        holder[name] = json.dumps(told)

    return changed


def _flip(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


MUTATIONS: dict[str, Callable[[Json], None]] = {
    "another event": _inside("signedMessage", lambda m: m.update(eventType="save")),
    "another nonce": _inside("signedMessage", lambda m: m.update(nonce="n")),
    "a later end": _inside("signedMessage", lambda m: m.update(expTimeMillis=99999999999999)),
    "another key": _inside("signedKey", lambda k: k.update(keyValue="AAAA")),
    "a later end of the key": _inside("signedKey", lambda k: k.update(keyExpiration="9" * 14)),
    "a broken signature": lambda e: e.update(signature=_flip(e["signature"])),
    "no signature": lambda e: e.pop("signature"),
    "a signature that is none": lambda e: e.update(signature="%%%"),
    "the key unsigned": lambda e: e["intermediateSigningKey"].update(signatures=[]),
    "signatures in no list": lambda e: e["intermediateSigningKey"].update(signatures="AA=="),
    "no key": lambda e: e.pop("intermediateSigningKey"),
    "an older protocol": lambda e: e.update(protocolVersion="ECv1"),
    "a lone surrogate": lambda e: e.update(signedMessage=e["signedMessage"] + "\ud800"),
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_whatever_is_changed_is_not_believed(
    signing: Signing, mutation: Callable[[Json], None]
) -> None:
    told = message(signing)
    mutation(told)
    with pytest.raises(callback.NotAccepted):
        believed(signing, told)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b"null", b'{"signedMessage": "[]"}', b"[" * 9_000, b"\xff"]
)
def test_nonsense_is_not_believed(raw: bytes) -> None:
    with pytest.raises(callback.NotAccepted):
        callback.claimed(raw)
