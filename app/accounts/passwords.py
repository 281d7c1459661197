"""Passwords and PINs at rest: bcrypt over a keyed HMAC.

The pepper lives outside the database, so that a stolen dump alone gives no PIN away
(bcrypt alone would not: a six-digit PIN falls in hours). The HMAC also keeps every input at
64 bytes, under bcrypt's 72.
"""

import bcrypt

from config import Keyring

PASSWORD_COST = 12
PIN_COST = 10


def hashed(secret: str, *, purpose: str, keyring: Keyring, cost: int) -> tuple[str, int]:
    """`(hash, pepper version)`. Takes a quarter of a second: never inside a transaction."""
    peppered = _peppered(secret, purpose, keyring, keyring.current)
    return bcrypt.hashpw(peppered, bcrypt.gensalt(cost)).decode(), keyring.current


def matches(secret: str, kept: str, version: int, *, purpose: str, keyring: Keyring) -> bool:
    """Whether `secret` is the one behind `kept`. Slow on purpose: never inside a transaction."""
    try:
        return bcrypt.checkpw(_peppered(secret, purpose, keyring, version), kept.encode())
    except (KeyError, ValueError):  # the pepper's version is gone, or the hash is not one
        return False


def _peppered(secret: str, purpose: str, keyring: Keyring, version: int) -> bytes:
    return keyring.mac(purpose, secret.encode(), version).hex().encode()
