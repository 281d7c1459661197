"""Codes that rotate: every half minute a card shows another one (RFC 6238, SHA-1).

The key of a card is derived with `FIELD_KEY` and stored nowhere; a card whose links were ended
has another one. Google's wallet counts with the same key, so that a terminal reads both alike.
"""

from flask import current_app

from config import Keyring

STEP_SECONDS, DIGITS = 30, 8
_KEY_BYTES = 20  # what HMAC-SHA1 wants


def totp_key(card_id: int, link_version: int, key_version: int | None = None) -> bytes:
    """The secret that this card's codes are counted with: 20 bytes. Raises KeyError where the
    key's version is gone."""
    keyring: Keyring = current_app.config["SETTINGS"].field_key
    named = f"{card_id:x}-{link_version:x}".encode()
    return keyring.mac("rotating-code", named, key_version)[:_KEY_BYTES]
