"""What a look at credentials comes to: one finding a check."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType
from flask_babel import format_date
from flask_babel import gettext as _

OK, WARNING, FAULT = "ok", "warning", "fault"
SHORTEST_KEY_BITS = 2_048
_LONGEST_SHOWN = 80

# What the library raises for bytes that are not what they should be; anything else is a bug.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    InvalidSignature,
    DuplicateExtension,
    InvalidVersion,
    UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one thing: `field` is what a form calls it. The sentence says what was found
    and, for a fault, what was expected; it holds no secret."""

    field: str
    state: str
    sentence: str


def faults(findings: Iterable[Finding]) -> dict[str, str]:
    """By field, what is wrong: as a form shows it beside the field."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        if finding.state == FAULT:
            found.setdefault(finding.field, []).append(finding.sentence)
    return {field: " ".join(sentences) for field, sentences in found.items()}


def shown(value: str) -> str:
    """Somebody else's text, short and on one line, in quotes."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in value[:_LONGEST_SHOWN])
    return f"“{plain}”"


def day(moment: datetime) -> str:
    """`3 March 2027`"""
    return str(format_date(moment, "d MMMM y"))


def not_its_key() -> str:
    """Of a private key that belongs to another certificate."""
    return _(
        "The key is not the certificate’s, expected the one that its signing request was made with."
    )


def of_key(key: object) -> Finding:
    """Whether a private key is of the kind that both platforms take."""
    if not isinstance(key, rsa.RSAPrivateKey):
        kind = type(key).__name__.removeprefix("_").removesuffix("PrivateKey")
        return Finding("key", FAULT, _("The key is of the kind %(kind)s, expected RSA.", kind=kind))
    if key.key_size < SHORTEST_KEY_BITS:
        told = _(
            "The key has %(bits)s bits, expected %(least)s at least.",
            bits=key.key_size,
            least=SHORTEST_KEY_BITS,
        )
        return Finding("key", FAULT, told)
    return Finding("key", OK, _("The key is RSA of %(bits)s bits.", bits=key.key_size))
