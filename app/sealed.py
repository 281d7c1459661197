"""Secrets at rest: sealed with a key derived from `FIELD_KEY`, so that the database alone opens
nothing.

A sealed value is one byte for the version of the key, twelve of nonce, then AES-256-GCM over the
secret; its purpose and owner are bound to it, so that no sealed value opens in another's place.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from config import Keyring

_NONCE_BYTES = 12


class Unsealable(RuntimeError):
    """The key that sealed it is gone, or what was sealed was changed."""


def seal(purpose: str, owner: int, secret: bytes) -> bytes:
    """The secret, to be opened for the same purpose and owner alone."""
    version, nonce = _keyring().current, secrets.token_bytes(_NONCE_BYTES)
    return bytes([version]) + nonce + _box(purpose, version).encrypt(nonce, secret, _whose(owner))


def unseal(purpose: str, owner: int, sealed: bytes) -> bytes:
    """What was sealed; raises `Unsealable` where the key is gone or anything was changed."""
    version, nonce, body = sealed[0], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _box(purpose, version).decrypt(nonce, body, _whose(owner))
    except (InvalidTag, KeyError, ValueError):
        raise Unsealable("this secret cannot be opened with the present FIELD_KEY") from None


def _box(purpose: str, version: int) -> AESGCM:
    return AESGCM(_keyring().mac(f"sealed {purpose}", b"", version))


def _whose(owner: int) -> bytes:
    return owner.to_bytes(8, "big")


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].field_key
    return keyring
