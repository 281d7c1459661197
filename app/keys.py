"""Versioned secrets.

A keyring is written `secret`, or `2:newer,1:older` so that a secret can be rotated: new
work uses the first, old work names the version that made it.
"""

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keyring:
    """Secrets by version, newest first."""

    versions: tuple[tuple[int, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `secret` or `2:newer,1:older`; raises ValueError on repeated versions."""
        pairs = []
        for part in text.split(","):
            version, colon, secret = part.strip().partition(":")
            pairs.append((int(version), secret) if colon and version.isdigit() else (1, part))
        if len({version for version, _ in pairs}) != len(pairs):
            raise ValueError("each version once")
        return cls(tuple((version, secret.strip().encode()) for version, secret in pairs))

    @property
    def current(self) -> int:
        return self.versions[0][0]

    def secret(self, version: int | None = None) -> bytes:
        """The secret of a version, the newest by default; raises KeyError if it is gone."""
        return self.versions[0][1] if version is None else dict(self.versions)[version]

    def mac(self, purpose: str, message: bytes, version: int | None = None) -> bytes:
        """HMAC-SHA256 under a key derived for one purpose: 32 bytes."""
        key = hmac.digest(self.secret(version), purpose.encode(), hashlib.sha256)
        return hmac.digest(key, message, hashlib.sha256)

    def __repr__(self) -> str:
        return f"Keyring(versions={[version for version, _ in self.versions]})"
