"""Apple: a pass type's certificate, its key, and the intermediate that signed it.

What each must say is Apple's "Wallet Passes" and its certificate policy: subject UID and extension
1.2.840.113635.100.6.1.16 name the pass type, OU the team, 1.2.840.113635.100.4.14 is the purpose,
and the intermediate bears 1.2.840.113635.100.6.2.1. Which generation of intermediate it is, is
told by the issuer of the certificate alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask_babel import gettext as _
from flask_babel import ngettext

from . import certificates
from .certificates import PASS_PURPOSE, WWDR_MARKER, Trio
from .findings import FAULT, OK, UNREADABLE, WARNING, Finding, day, not_its_key, of_key, shown

WARNED_DAYS = (60, 30, 7)  # ahead of an end
_PASS_TYPE = re.compile(r"pass\.[A-Za-z0-9.-]{1,100}")
_TEAM = re.compile(r"[A-Z0-9]{10}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says of itself, whether or not it is any good."""

    pass_type: str
    team: str
    begins_at: datetime
    ends_at: datetime  # its own end or its intermediate's, whichever comes first


def examine(
    certificate: bytes, key: bytes, intermediate: bytes, now: datetime
) -> tuple[list[Finding], Facts | None]:
    """Every check of three PEM texts, in order, and what they say; None where they cannot be
    read."""
    try:
        trio = certificates.read(certificate, key, intermediate)
    except certificates.Unreadable as fault:
        return [Finding(fault.field, FAULT, _unread(fault.field))], None
    return [*_of_content(trio), *_of_time(trio, now)], facts(trio)


def usable(certificate: bytes, key: bytes, intermediate: bytes, now: datetime) -> bool:
    """Whether passes can be signed and pushed with these now."""
    span = _span(certificate, key, intermediate)
    return span is not None and span[0] <= now < span[1]


@lru_cache(maxsize=64)
def chosen(certificate: bytes, intermediates: bytes) -> bytes:
    """The one of these intermediates (PEM, one or more) that issued the certificate; all of them
    as they are where none did, or nothing can be read."""
    try:
        leaf = x509.load_pem_x509_certificate(certificate)
        above = x509.load_pem_x509_certificates(intermediates)
    except UNREADABLE:
        return intermediates
    signed = (one for one in above if certificates.signed(leaf, by=one))
    one = next(signed, None) if len(above) > 1 else None
    return one.public_bytes(Encoding.PEM) if one else intermediates


@lru_cache(maxsize=64)
def _span(certificate: bytes, key: bytes, intermediate: bytes) -> tuple[datetime, datetime] | None:
    """From when to when these are good; None where nothing that time brings would mend them."""
    try:
        trio = certificates.read(certificate, key, intermediate)
    except certificates.Unreadable:
        return None
    told = facts(trio)
    sound = all(finding.state != FAULT for finding in _of_content(trio))
    return (told.begins_at, told.ends_at) if sound else None


def facts(trio: Trio) -> Facts:
    """What the certificate says."""
    certificate, intermediate = trio.certificate, trio.intermediate
    return Facts(
        certificates.attribute(certificate, NameOID.USER_ID),
        certificates.attribute(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME),
        max(certificate.not_valid_before_utc, intermediate.not_valid_before_utc),
        min(certificate.not_valid_after_utc, intermediate.not_valid_after_utc),
    )


def days_left(ends_at: datetime, now: datetime) -> int:
    """Whole days until then; negative when it is over."""
    return (ends_at - now) // timedelta(days=1)


def _unread(field: str) -> str:
    return {
        "certificate": _("The certificate cannot be read, expected PEM."),
        "key": _("The private key cannot be read, expected PEM without a passphrase."),
        "intermediate": _("The intermediate certificate cannot be read, expected PEM."),
    }[field]


# -- the checks, in the order in which one repairs ------------------------------------------------


def _of_content(trio: Trio) -> Iterator[Finding]:
    yield of_key(trio.key)
    yield _belongs(trio)
    yield _pass_type(trio.certificate)
    yield _team(trio.certificate)
    yield _purpose(trio.certificate)
    yield _intermediate(trio)


def _of_time(trio: Trio, now: datetime) -> Iterator[Finding]:
    yield _lasts("certificate", trio.certificate, now)
    yield _lasts("intermediate", trio.intermediate, now)


def _belongs(trio: Trio) -> Finding:
    if certificates.same_key(trio):
        return Finding("key", OK, _("The key belongs to the certificate."))
    return Finding("key", FAULT, not_its_key())


def _pass_type(certificate: x509.Certificate) -> Finding:
    named = certificates.attribute(certificate, NameOID.USER_ID)
    if not _PASS_TYPE.fullmatch(named):
        told = _(
            "The certificate’s subject has the UID %(got)s, expected a pass type such as"
            " “pass.com.example.card”.",
            got=shown(named),
        )
        return Finding("certificate", FAULT, told)
    marked = certificates.marked(certificate)
    if marked != named:
        told = _(
            "The certificate’s extension 1.2.840.113635.100.6.1.16 says %(got)s, expected its UID"
            " %(named)s.",
            got=shown(marked or ""),
            named=shown(named),
        )
        return Finding("certificate", FAULT, told)
    return Finding("certificate", OK, _("The pass type is %(named)s.", named=named))


def _team(certificate: x509.Certificate) -> Finding:
    team = certificates.attribute(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if _TEAM.fullmatch(team):
        return Finding("certificate", OK, _("The team is %(team)s.", team=team))
    told = _(
        "The certificate’s subject has the OU %(got)s, expected a team’s ten letters and digits.",
        got=shown(team),
    )
    return Finding("certificate", FAULT, told)


def _purpose(certificate: x509.Certificate) -> Finding:
    try:
        asked = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        purposes = list(asked.value)
    except x509.ExtensionNotFound:
        purposes = []
    if PASS_PURPOSE in purposes:
        return Finding("certificate", OK, _("The certificate is for signing passes."))
    told = _(
        "The certificate’s purposes are %(got)s, expected 1.2.840.113635.100.4.14 among them:"
        " signing passes.",
        got=", ".join(shown(each.dotted_string) for each in purposes[:4]) or _("none"),
    )
    return Finding("certificate", FAULT, told)


def _intermediate(trio: Trio) -> Finding:
    leaf, above = trio.certificate, trio.intermediate
    named = shown(certificates.common_name(above.subject))
    if leaf.issuer != above.subject:
        told = _(
            "The intermediate is %(got)s, expected %(issuer)s, which issued the certificate.",
            got=named,
            issuer=shown(certificates.common_name(leaf.issuer)),
        )
        return Finding("intermediate", FAULT, told)
    if not certificates.bears(above, WWDR_MARKER):
        told = _(
            "The intermediate %(got)s lacks the extension 1.2.840.113635.100.6.2.1, expected"
            " Apple’s Worldwide Developer Relations intermediate.",
            got=named,
        )
        return Finding("intermediate", FAULT, told)
    if not certificates.signed(leaf, by=above):
        told = _(
            "The intermediate %(got)s did not sign the certificate, though it has its issuer’s"
            " name; expected the one with the key that did.",
            got=named,
        )
        return Finding("intermediate", FAULT, told)
    return Finding("intermediate", OK, _("The intermediate %(got)s signed it.", got=named))


def _lasts(field: str, certificate: x509.Certificate, now: datetime) -> Finding:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    what = _("certificate") if field == "certificate" else _("intermediate")
    if now < begins:
        told = _(
            "The %(what)s is valid from %(day)s on, expected one that is valid today.",
            what=what,
            day=day(begins),
        )
        return Finding(field, FAULT, told)
    if now >= ends:
        told = _(
            "The %(what)s ended on %(day)s, expected one that is valid today.",
            what=what,
            day=day(ends),
        )
        return Finding(field, FAULT, told)
    left = days_left(ends, now)
    if left <= WARNED_DAYS[0]:
        told = ngettext(
            "The %(what)s ends on %(day)s, in one day: renew it.",
            "The %(what)s ends on %(day)s, in %(num)s days: renew it.",
            left,
            what=what,
            day=day(ends),
        )
        return Finding(field, WARNING, told)
    told = _("The %(what)s is valid until %(day)s.", what=what, day=day(ends))
    return Finding(field, OK, told)
