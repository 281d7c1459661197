"""What signs passes: a pass type's certificate, its key and the intermediate, parsed once.

Loading them costs a hundred times what a signature costs, so the parsed are kept. A pass can be
named and asked about by its certificate alone; only who signs reads the key.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7
from cryptography.x509.oid import NameOID

from .....errors import Refusal
from .. import channels
from ..channels import AppleKeys

KEPT = 64  # companies whose signers stay in memory
# Binary: without it every LF of the manifest would be hashed as CRLF, and the signature be of
# something else.
_OPTIONS = [
    pkcs7.PKCS7Options.DetachedSignature,
    pkcs7.PKCS7Options.Binary,
    pkcs7.PKCS7Options.NoCapabilities,
]


class CannotSign(Refusal):
    """There are no credentials, or none that can be read: a phone asks again later."""

    code = "wallet-unavailable"
    remedy = "Mend the credentials: flask wallet doctor says what is wrong with them."
    status = 503
    title = "No passes right now"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a pass says of its maker, and its certificate says too."""

    pass_type: str
    team: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs passes of one pass type."""

    certificate: x509.Certificate
    intermediate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    def sign(self, manifest: bytes) -> bytes:
        """PKCS#7, detached, DER: with the moment of signing and the intermediate in it."""
        return (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(manifest)
            .add_signer(self.certificate, self.key, hashes.SHA256())
            .add_certificate(self.intermediate)
            .sign(Encoding.DER, _OPTIONS)
        )


def keys_of(pass_type: str) -> AppleKeys | None:
    """The credentials with which the acting company's passes of this type are made: a phone may
    hold one from before the company had credentials of its own. None where the type is nobody's
    here; raises `CannotSign` where that cannot be known, as the company's own do not open."""
    found = next((keys for keys in channels.all_apple() if _is(keys, pass_type)), None)
    if found is None and channels.apple() is None:
        raise CannotSign("There is nothing here to sign passes with.")
    return found


def _is(keys: AppleKeys, pass_type: str) -> bool:
    try:
        return identity(keys).pass_type == pass_type
    except CannotSign:
        return False


def identity(keys: AppleKeys) -> Identity:
    """Who signs with these credentials; raises `CannotSign`."""
    return _identity(keys.certificate)


@lru_cache(maxsize=KEPT)
def _identity(pem: bytes) -> Identity:
    try:
        subject = x509.load_pem_x509_certificate(pem).subject
        named = [
            str(subject.get_attributes_for_oid(oid)[0].value)
            for oid in (NameOID.USER_ID, NameOID.ORGANIZATIONAL_UNIT_NAME)
        ]
    except (ValueError, IndexError):
        raise CannotSign("The pass certificate cannot be read.") from None
    return Identity(*named)


@lru_cache(maxsize=KEPT)
def signer(keys: AppleKeys) -> Signer:
    """What signs with these credentials, from memory where they were seen before; raises
    `CannotSign`."""
    try:
        key = load_pem_private_key(keys.key, password=None)
        certificate = x509.load_pem_x509_certificate(keys.certificate)
        intermediate = x509.load_pem_x509_certificate(keys.intermediate)
    except (ValueError, TypeError):
        raise CannotSign("The pass certificate or its key cannot be read.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CannotSign("The pass key is no RSA key.")
    return Signer(certificate, intermediate, key)
