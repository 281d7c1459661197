"""What an administrator uploads for Apple, brought into one form: three PEM texts.

A certificate comes as Apple's `.cer` (DER), as PEM, or in a `.p12` together with its key, under a
passphrase; an intermediate as any of them, and several of them may come together: the one is taken
that issued the certificate. What is kept is unencrypted, and sealed as a whole.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from flask_babel import gettext as _

from . import chests
from .certificates import signed, whole
from .der import affordable
from .findings import UNREADABLE, not_its_key

MOST_BYTES = {"certificate": 16_384, "key": 5_120, "intermediate": 16_384}
LONGEST_PASSPHRASE = 200
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----(.{1,16384}?)-----END \1-----", re.DOTALL)
_SEALED = b"ENCRYPTED PRIVATE KEY"
_KEYS = (b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY", _SEALED)


@dataclass(frozen=True, slots=True)
class Given:
    """The files of the form, empty where none was chosen."""

    certificate: bytes = b""
    key: bytes = field(default=b"", repr=False)
    intermediate: bytes = b""
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Contents:
    """What one file holds."""

    certificates: tuple[x509.Certificate, ...] = ()
    key: PrivateKeyTypes | None = field(default=None, repr=False)


class Unusable(ValueError):
    """By field, what was expected of it, in sentences."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def trio(given: Given, known: Iterable[bytes] = ()) -> dict[str, str]:
    """`certificate`, `key` and `intermediate` as PEM; raises `Unusable`. `known` are intermediates
    (PEM) that are at hand, should none be given."""
    errors: dict[str, str] = {}
    found = {name: _opened(name, given, errors) for name in MOST_BYTES}
    key = found["key"].key or found["certificate"].key
    every = found["certificate"].certificates
    leaf = next((one for one in every if _is_of(one, key)), next(iter(every), None))
    if leaf is None:
        expected = _("No certificate is in it, expected the pass type’s (.cer, .pem or .p12).")
        errors.setdefault("certificate", expected)
    if key is None:
        errors.setdefault("key", _("No private key was given, expected a file, or a .p12 with it."))
    if leaf is None or key is None or errors:
        raise Unusable(errors)
    above = [*found["intermediate"].certificates, *(one for one in every if one is not leaf)]
    issuer = _issuer_among(leaf, above or list(_read(known)))
    if issuer is None:
        named = leaf.issuer.rfc4514_string()[:120]
        expected = _("No intermediate was given, expected the one named %(name)s.", name=named)
        stray = {} if _is_of(leaf, key) else {"key": not_its_key()}
        raise Unusable(stray | {"intermediate": expected})
    return {"certificate": _pem(leaf), "key": _key_pem(key), "intermediate": _pem(issuer)}


def _opened(name: str, given: Given, errors: dict[str, str]) -> Contents:
    content: bytes = getattr(given, name)
    most = MOST_BYTES[name]
    if len(content) > most:
        errors[name] = _(
            "The file has more than %(most)s bytes, expected a single key or certificate.",
            most=most,
        )
    elif content:
        try:
            return _contents(content, given.passphrase[:LONGEST_PASSPHRASE])
        except _Refused as fault:
            errors[fault.field or name] = str(fault)
    return Contents()


class _Refused(ValueError):
    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def _contents(content: bytes, passphrase: str) -> Contents:
    """What a file holds, whatever its form; raises `_Refused`."""
    if content.lstrip()[:1] == b"{":  # Google's JSON, which has a key in it, too
        raise _Refused(_unknown())
    if blocks := list(_BLOCK.finditer(content)):
        certificates, key = [], None
        for block in blocks:
            if block[1] in _KEYS:
                key = _key(block, passphrase)
            elif block[1] == b"CERTIFICATE":
                certificates.append(_certificate(block[0]))
        return Contents(tuple(certificates), key)
    try:
        return Contents((whole(x509.load_der_x509_certificate(content)),))
    except UNREADABLE:
        return _chest(content, passphrase)


def _certificate(content: bytes) -> x509.Certificate:
    try:
        return whole(x509.load_pem_x509_certificate(content))
    except UNREADABLE:
        raise _Refused(_("A certificate in the file cannot be read, expected PEM.")) from None


def _key(block: re.Match[bytes], passphrase: str) -> PrivateKeyTypes:
    sealed = block[1] == _SEALED or b"ENCRYPTED" in block[2]
    if sealed and not passphrase:
        raise _Refused(_("The key is sealed, expected its passphrase."), "passphrase")
    try:
        if block[1] == _SEALED and not affordable(base64.b64decode(block[2])):
            raise _Refused(_too_dear())
        password = passphrase.encode() if sealed else None
        return serialization.load_pem_private_key(block[0], password)
    except binascii.Error:
        raise _Refused(_("The key cannot be read, expected PEM.")) from None
    except _Refused:
        raise
    except UNREADABLE:
        if sealed:
            told = _("The passphrase does not open the key, expected the one it was sealed with.")
            raise _Refused(told, "passphrase") from None
        raise _Refused(_("The key cannot be read, expected PEM.")) from None


def _chest(content: bytes, passphrase: str) -> Contents:
    """A .p12, as a keychain exports it."""
    if content[:1] != b"\x30":
        raise _Refused(_unknown())
    if not affordable(content):
        raise _Refused(_too_dear())
    for password in (passphrase,) if passphrase else ("", None):
        try:
            certificates, key = chests.opened(content, password)
            return Contents(tuple(map(whole, certificates)), key)
        except chests.TooDear:
            raise _Refused(_too_dear()) from None
        except UNREADABLE:
            continue
    told = _("The passphrase does not open the file, or it is no .p12.")
    raise _Refused(told, "passphrase")


def _unknown() -> str:
    return _("The file cannot be read, expected .cer, .pem or .p12.")


def _too_dear() -> str:
    return _("The file hashes its passphrase too often, or cannot be read; export it once more.")


def _read(known: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for content in known:
        try:
            yield from x509.load_pem_x509_certificates(content)
        except UNREADABLE:
            continue


def _issuer_among(leaf: x509.Certificate, above: list[x509.Certificate]) -> x509.Certificate | None:
    """The one that signed it; else one with that name, else any, so that the checks can say what
    is wrong with it."""
    named = [one for one in above if one.subject == leaf.issuer]
    return next((one for one in named if signed(leaf, by=one)), next(iter(named or above), None))


def _is_of(certificate: x509.Certificate, key: PrivateKeyTypes | None) -> bool:
    plain = serialization.PublicFormat.SubjectPublicKeyInfo
    der = serialization.Encoding.DER
    if key is None:
        return False
    theirs = certificate.public_key().public_bytes(der, plain)
    return theirs == key.public_key().public_bytes(der, plain)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
