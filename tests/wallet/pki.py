"""A test authority after Apple's: a root, the WWDR intermediate, certificates of pass types; and
broken ones of each. All in memory; `written` makes the PEM files that settings name.

Keys are made once for the process and shared by name: an RSA key costs a tenth of a second.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

PASS_TYPE, TEAM = "pass.example.regulars.card", "TEAM123456"
WWDR_MARKER = ObjectIdentifier("1.2.840.113635.100.6.2.1")
PASS_TYPE_MARKER = ObjectIdentifier("1.2.840.113635.100.6.1.16")
PASS_PURPOSE = ObjectIdentifier("1.2.840.113635.100.4.14")
_PLAIN = serialization.NoEncryption()
_PEM, _PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(_PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(_PEM, _PKCS8, _PLAIN)


@dataclass(frozen=True)
class Leaf:
    """What a pass type's certificate says; `replace` breaks one thing at a time."""

    pass_type: str = PASS_TYPE  # the subject's UID
    team: str = TEAM  # the subject's OU
    marker: str | None = None  # extension …6.1.16; the pass type, where nothing else is said
    marked: bool = True  # whether it has that extension at all
    purposed: bool = True  # whether it may sign passes
    begins: timedelta = timedelta(days=-1)  # from `now`
    lasts: timedelta = timedelta(days=365)  # from `now`: negative is expired
    key: str = "leaf"  # another name is another key
    now: datetime | None = None


@dataclass(frozen=True)
class Authority:
    """A root and the intermediate that it made."""

    root: Issued
    wwdr: Issued

    def issue(self, leaf: Leaf | None = None, **changes: object) -> Issued:
        """A pass type's certificate: `issue(team="OTHER")`."""
        asked = replace(leaf or Leaf(), **changes)  # type: ignore[arg-type]
        told: list[tuple[x509.ExtensionType, bool]] = [(_not_ca(), True)]
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH] + [PASS_PURPOSE] * asked.purposed
        told.append((x509.ExtendedKeyUsage(purposes), True))
        if asked.marked:
            named = _utf8(asked.marker or asked.pass_type)
            told.append((x509.UnrecognizedExtension(PASS_TYPE_MARKER, named), False))
        subject = _name(
            (NameOID.USER_ID, asked.pass_type),
            (NameOID.COMMON_NAME, f"Pass Type ID: {asked.pass_type}"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, asked.team),
            (NameOID.ORGANIZATION_NAME, "A Test Chain"),
        )
        now = asked.now or datetime.now(UTC)
        span = (now + min(asked.begins, asked.lasts - timedelta(days=1)), now + asked.lasts)
        return _signed(subject, key_named(asked.key), by=self.wwdr, span=span, told=told)

    def server(self, name: str = "localhost") -> Issued:
        """A certificate for a server on loopback, for a fake APNs; trust `root` and `wwdr`."""
        names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        told: list[tuple[x509.ExtensionType, bool]] = [
            (_not_ca(), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName(names), False),
        ]
        subject = _name((NameOID.COMMON_NAME, name))
        return _signed(subject, key_named("server"), by=self.root, span=_year(), told=told)


@cache
def authority(name: str = "Test", *, keys: str | None = None) -> Authority:
    """The authority of this name; one of another name, or with other `keys` under the same words,
    is one that nobody of the first trusts."""
    keyed = keys or name
    root = _ca(f"{name} Root CA", f"{keyed} root", by=None, told=[], path=1)
    marker = x509.UnrecognizedExtension(WWDR_MARKER, b"\x05\x00")
    wwdr = _ca(f"{name} WWDR CA", f"{keyed} wwdr", by=root, told=[(marker, False)], path=0)
    return Authority(root, wwdr)


@cache
def unmarked(name: str = "Test") -> Authority:
    """The authority with an intermediate that is not the one for passes: it lacks the marker."""
    made = authority(name)
    return Authority(made.root, _ca("Plain CA", "plain", by=made.root, told=[], path=0))


@cache
def usual() -> Issued:
    """The certificate of `PASS_TYPE`: what every test uses that breaks nothing."""
    return authority().issue()


def told(leaf: Issued | None = None, *, by: Authority | None = None) -> dict[str, str]:
    """A company's own credentials, as `wallet.channels.keep` takes them."""
    leaf, by = leaf or usual(), by or authority()
    texts = {"certificate": leaf.pem, "key": leaf.key_pem, "intermediate": by.wwdr.pem}
    return {name: text.decode() for name, text in texts.items()}


def written(
    folder: Path, leaf: Issued | None = None, *, by: Authority | None = None
) -> dict[str, str]:
    """PEM files in this folder, and the environment that names them:
    `make_app(url, folder, PUBLIC_URL="https://…", **written(folder))`. Beside them lies
    `root.pem`, which a reader trusts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root.pem").write_bytes((by or authority()).root.pem)
    variables = {
        "certificate": "APPLE_PASS_CERT",
        "key": "APPLE_PASS_KEY",
        "intermediate": "APPLE_WWDR_CERT",
    }
    named = {}
    for name, text in told(leaf, by=by).items():
        path = folder / f"{name}.pem"
        path.write_text(text)
        named[variables[name]] = str(path)
    return named


@cache
def key_named(name: str) -> rsa.RSAPrivateKey:
    """The key of this name, made at the first asking."""
    return rsa.generate_private_key(65_537, 2_048)


def _ca(
    common: str,
    key: str,
    *,
    by: Issued | None,
    told: Sequence[tuple[x509.ExtensionType, bool]],
    path: int,
) -> Issued:
    subject = _name((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, "Test Inc."))
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    own = [(x509.BasicConstraints(ca=True, path_length=path), True), (usage, True), *told]
    return _signed(subject, key_named(key), by=by, span=_year(), told=own)


def _signed(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    *,
    by: Issued | None,
    span: tuple[datetime, datetime],
    told: Sequence[tuple[x509.ExtensionType, bool]],
) -> Issued:
    issuer_key = by.key if by else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
    )
    for extension, critical in told:
        builder = builder.add_extension(extension, critical)
    return Issued(builder.sign(issuer_key, hashes.SHA256()), key)


def _year() -> tuple[datetime, datetime]:
    """Long enough for a test that sets its clock to another year."""
    now = datetime.now(UTC)
    return now - timedelta(days=3_650), now + timedelta(days=3_650)


def _name(*parts: tuple[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _not_ca() -> x509.BasicConstraints:
    return x509.BasicConstraints(ca=False, path_length=None)


def _utf8(text: str) -> bytes:
    """A DER UTF8String of at most 127 bytes."""
    raw = text.encode()
    return bytes([0x0C, len(raw)]) + raw
