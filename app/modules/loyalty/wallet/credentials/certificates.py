"""Single things of a certificate, read so that no certificate can break it."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from .findings import UNREADABLE

PASS_TYPE_MARKER = ObjectIdentifier("1.2.840.113635.100.6.1.16")
WWDR_MARKER = ObjectIdentifier("1.2.840.113635.100.6.2.1")
PASS_PURPOSE = ObjectIdentifier("1.2.840.113635.100.4.14")
_TEXT_TAGS = (0x0C, 0x13, 0x16)  # DER's UTF8String, PrintableString, IA5String


@dataclass(frozen=True, slots=True)
class Trio:
    """The three, as the library reads them."""

    certificate: x509.Certificate
    key: object
    intermediate: x509.Certificate


class Unreadable(ValueError):
    """`field` says which of the three is none."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@lru_cache(maxsize=64)
def read(certificate: bytes, key: bytes, intermediate: bytes) -> Trio:
    """The three PEM texts; raises `Unreadable`. Parsing a key costs a hundred times what a look at
    it does."""
    field = "certificate"
    try:
        leaf = whole(x509.load_pem_x509_certificate(certificate))
        field = "key"
        secret = serialization.load_pem_private_key(key, None)
        field = "intermediate"
        return Trio(leaf, secret, whole(x509.load_pem_x509_certificate(intermediate)))
    except UNREADABLE:
        raise Unreadable(field) from None


def whole(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, each part of which can be read: the library parses them when they are
    asked for, and raises what is in `UNREADABLE`."""
    for name in ("subject", "issuer", "extensions", "not_valid_before_utc", "not_valid_after_utc"):
        getattr(certificate, name)
    certificate.public_key()
    return certificate


def same_key(trio: Trio) -> bool:
    """Whether the key is the certificate's."""
    theirs, key = trio.certificate.public_key(), trio.key
    if not (isinstance(theirs, rsa.RSAPublicKey) and isinstance(key, rsa.RSAPrivateKey)):
        return False
    return theirs.public_numbers() == key.public_key().public_numbers()


def signed(leaf: x509.Certificate, *, by: x509.Certificate) -> bool:
    """Whether this intermediate issued it, by name and by signature."""
    try:
        leaf.verify_directly_issued_by(by)
    except UNREADABLE:
        return False
    return True


def attribute(certificate: x509.Certificate, oid: ObjectIdentifier) -> str:
    """The one value of the subject's attribute; "" where there is none, or more."""
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if len(found) == 1 else ""


def common_name(name: x509.Name) -> str:
    """What people call it."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def bears(certificate: x509.Certificate, oid: ObjectIdentifier) -> bool:
    """Whether it has this extension."""
    return _extension(certificate, oid) is not None


def marked(certificate: x509.Certificate) -> str | None:
    """The pass type in its extension: one short DER string."""
    value = _extension(certificate, PASS_TYPE_MARKER)
    if value is None or len(value) < 2 or value[0] not in _TEXT_TAGS:
        return None
    text = value[2:]
    return text.decode(errors="replace") if value[1] == len(text) < 128 else None


def _extension(certificate: x509.Certificate, oid: ObjectIdentifier) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_oid(oid).value.public_bytes()
    except x509.ExtensionNotFound:
        return None
