"""A program of its own: opens the .p12 on its standard input and writes what is in it, as JSON.

How often a passphrase is hashed may stand inside of what is sealed itself, where nobody can look
before; and the hashing cannot be interrupted. Whoever runs this ends it when it takes too long.
"""

import base64
import json
import sys
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

_DER = serialization.Encoding.DER


def main() -> None:
    """In: `content` in Base64, and `passphrase`, null for none. Out: `key` and `certificates`,
    DER in Base64. Where it does not open it ends by the library's fault, which nobody reads."""
    asked = json.load(sys.stdin)
    passphrase = asked["passphrase"]
    content = base64.b64decode(asked["content"])
    chest = pkcs12.load_pkcs12(content, None if passphrase is None else passphrase.encode())
    json.dump(_told(chest), sys.stdout)


def _told(chest: Any) -> dict[str, Any]:
    plain = (_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    kept = [chest.cert, *chest.additional_certs]
    return {
        "key": _text(chest.key.private_bytes(*plain)) if chest.key else None,
        "certificates": [_text(one.certificate.public_bytes(_DER)) for one in kept if one],
    }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    main()
