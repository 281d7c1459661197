"""A .p12, as a keychain exports it, opened where it can be given up: by `opener.py`."""

import base64
import json
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_OPENER = Path(__file__).with_name("opener.py")
PATIENCE_SECONDS = 5


class Shut(ValueError):
    """The passphrase does not open it, or it is none."""


class TooDear(ValueError):
    """It would hash its passphrase for longer than anybody waits."""


def opened(
    content: bytes, passphrase: str | None
) -> tuple[list[x509.Certificate], PrivateKeyTypes | None]:
    """The certificates, the key's own first, and the key. Raises `Shut`, `TooDear`, and what the
    library raises about a certificate or key that cannot be read."""
    asked = {"content": base64.b64encode(content).decode(), "passphrase": passphrase}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and nothing given in its words
            [sys.executable, "-I", str(_OPENER)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise TooDear from None
    except subprocess.CalledProcessError:
        raise Shut from None
    told = json.loads(done.stdout)
    certificates = [x509.load_der_x509_certificate(_raw(each)) for each in told["certificates"]]
    key = serialization.load_der_private_key(_raw(told["key"]), None) if told["key"] else None
    return certificates, key


def _raw(text: str) -> bytes:
    return base64.b64decode(text)
