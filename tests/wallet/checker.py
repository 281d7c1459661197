"""A phone's doubts about a pass, written from Apple's rules and apart from what makes passes: the
ZIP, the manifest, the CMS signature bit by bit, the chain of certificates, `pass.json`.

RSA is done by hand and ASN.1 is read by `asn1crypto`, so that no line of the product's way of
signing is asked whether it signed.
"""

import hashlib
import io
import json
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, pem, x509

REQUIRED = {
    "formatVersion": int,
    "passTypeIdentifier": str,
    "teamIdentifier": str,
    "serialNumber": str,
    "organizationName": str,
    "description": str,
}
STYLES = {"storeCard", "coupon", "eventTicket", "boardingPass", "generic"}
FIELDS = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields")
CODES = {f"PKBarcodeFormat{name}" for name in ("QR", "PDF417", "Aztec", "Code128")}
SIZES = {"icon.png": (29, 29), "icon@2x.png": (58, 58), "icon@3x.png": (87, 87)}
LARGEST = {"logo": (160, 50), "strip": (375, 144)}  # points
_IMAGE = re.compile(r"(icon|logo|strip)(@2x|@3x)?\.png")
_STRINGS = re.compile(r"[a-z]{2}(-[A-Za-z]+)?\.lproj/pass\.strings")
_COLOUR = re.compile(r"rgb\((\d{1,3}), ?(\d{1,3}), ?(\d{1,3})\)")
_LINE = re.compile(r'"((?:[^"\\]|\\.)*)" = "((?:[^"\\]|\\.)*)";')
_PKCS1 = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
}
_HASHES = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}
_MARKER, _PASS_TYPE = "1.2.840.113635.100.6.2.1", "1.2.840.113635.100.6.1.16"
_PURPOSE = "1.2.840.113635.100.4.14"


class Rejected(Exception):
    """The phone shows nothing, and says nothing."""


def check(package: bytes, *, root: bytes, now: datetime | None = None) -> dict[str, Any]:
    """`pass.json` of a pass that a phone takes, which trusts `root` (PEM); raises `Rejected`."""
    files = _unzipped(package)
    _manifest(files)
    leaf = _signature(files["signature"], files["manifest.json"], root, now or datetime.now(UTC))
    told: dict[str, Any] = json.loads(files["pass.json"])
    _pass(told)
    _belongs(told, leaf)
    _pictures(files)
    for name, raw in files.items():
        if name.endswith(".strings"):
            strings(raw)
    return told


def files_of(package: bytes) -> dict[str, bytes]:
    """What is in the ZIP, unjudged."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def strings(raw: bytes) -> dict[str, str]:
    """A `pass.strings`, read; raises `Rejected`."""
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    found = {}
    for line in text.splitlines():
        if line.strip():
            read = _LINE.fullmatch(line.strip())
            _must(read, f"no line of a strings file: {line!r}")
            assert read
            _must(read[1] not in found, f"{read[1]!r} is translated twice")
            found[read[1]] = read[2]
    return found


def _must(holds: object, complaint: str) -> None:
    if not holds:
        raise Rejected(complaint)


# -- the container --------------------------------------------------------------------------------


def _unzipped(package: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            _must(archive.testzip() is None, "the ZIP is damaged")
            names = archive.namelist()
    except zipfile.BadZipFile as fault:
        raise Rejected(f"no ZIP: {fault}") from None
    _must(len(set(names)) == len(names), "a file is there twice")
    odd = [name for name in names if name.startswith("/") or ".." in name or name.endswith("/")]
    _must(not odd, f"odd paths: {odd}")
    for name in ("pass.json", "manifest.json", "signature"):
        _must(name in names, f"{name} is missing")
    _must("icon.png" in names, "icon.png is missing")
    return files_of(package)


def _manifest(files: dict[str, bytes]) -> None:
    listed = json.loads(files["manifest.json"])
    there = set(files) - {"manifest.json", "signature"}
    _must(set(listed) >= there, f"not listed: {sorted(there - set(listed))}")
    _must(set(listed) <= there, f"listed and not there: {sorted(set(listed) - there)}")
    for name, digest in listed.items():
        found = hashlib.sha1(files[name]).hexdigest()
        _must(found == digest, f"{name} is another file than the manifest says")


def _pictures(files: dict[str, bytes]) -> None:
    for name, raw in files.items():
        if not name.endswith(".png"):
            continue
        _must(raw[:8] == b"\x89PNG\r\n\x1a\n", f"{name} is no PNG")
        size = struct.unpack(">II", raw[16:24])
        named = _IMAGE.fullmatch(name)
        _must(named, f"no phone knows {name}")
        assert named
        scale = int(named[2][1]) if named[2] else 1
        if name in SIZES:
            _must(size == SIZES[name], f"{name} is {size}")
        else:
            most = LARGEST[named[1]]
            fits = size[0] <= most[0] * scale and size[1] <= most[1] * scale
            _must(fits, f"{name} is {size}")


# -- the signature --------------------------------------------------------------------------------


def _signature(raw: bytes, manifest: bytes, root: bytes, now: datetime) -> x509.Certificate:
    """The certificate that signed the manifest."""
    whole = cms.ContentInfo.load(raw, strict=True)
    _must(whole["content_type"].native == "signed_data", "no signed data")
    signed = whole["content"]
    _must(signed["encap_content_info"]["content"].native is None, "the signature is attached")
    _must(len(signed["signer_infos"]) == 1, "not one signer")
    signer = signed["signer_infos"][0]
    certificates = [each.chosen for each in signed["certificates"]]
    leaf = _of_signer(signer, certificates)
    attributes = {each["type"].native: each["values"].native[0] for each in signer["signed_attrs"]}
    _must(attributes.get("content_type") == "data", "signed as something else than data")
    hashed = signer["digest_algorithm"]["algorithm"].native
    digest = _HASHES[hashed](manifest).digest()
    _must(attributes.get("message_digest") == digest, "the signature is of another manifest")
    moment = attributes.get("signing_time")
    _must(isinstance(moment, datetime), "it does not say when it was signed")
    assert moment
    signed_over = signer["signed_attrs"].untag().dump()
    holds = _rsa_holds(leaf, signer["signature"].native, signed_over, hashed)
    _must(holds, "the signature is wrong")
    _chain(leaf, certificates, root, moment, now)
    return leaf


def _of_signer(signer: Any, certificates: list[x509.Certificate]) -> x509.Certificate:
    named = signer["sid"].chosen
    for each in certificates:
        same = (
            each.issuer == named["issuer"] and each.serial_number == named["serial_number"].native
        )
        if same:
            return each
    raise Rejected("the signer's certificate is not embedded")


def _chain(
    leaf: x509.Certificate,
    certificates: list[x509.Certificate],
    root: bytes,
    moment: datetime,
    now: datetime,
) -> None:
    """Leaf, intermediate for passes, root."""
    trusted = x509.Certificate.load(pem.unarmor(root)[2])
    above = [each for each in certificates if each.subject == leaf.issuer and each != leaf]
    _must(above, "the WWDR intermediate is not embedded")
    wwdr = above[0]
    _must(_extension(wwdr, _MARKER) is not None, "the intermediate is not the one for passes")
    _must(wwdr.ca, "the intermediate may not sign certificates")
    _must(wwdr.issuer == trusted.subject, "the intermediate is of another root")
    for below, by in ((leaf, wwdr), (wwdr, trusted), (trusted, trusted)):
        holds = _rsa_holds(by, below.signature, below["tbs_certificate"].dump())
        _must(holds, "a certificate is not signed by the one above it")
        span = below["tbs_certificate"]["validity"]
        begins, ends = span["not_before"].native, span["not_after"].native
        _must(begins <= now <= ends, "a certificate has expired")
        _must(begins <= moment <= ends, "it was signed out of its time")
    purposes = leaf.extended_key_usage_value
    _must(purposes and _PURPOSE in purposes.native, "the certificate is not for passes")


def _rsa_holds(by: x509.Certificate, signature: bytes, over: bytes, hashed: str = "sha256") -> bool:
    """PKCS#1 v1.5, by hand."""
    key = by.public_key["public_key"].parsed
    modulus, exponent = key["modulus"].native, key["public_exponent"].native
    length = (modulus.bit_length() + 7) // 8
    if len(signature) != length:
        return False
    opened = pow(int.from_bytes(signature), exponent, modulus).to_bytes(length)
    digest = _PKCS1[hashed] + _HASHES[hashed](over).digest()
    filled = b"\xff" * (length - len(digest) - 3)
    return bool(opened == b"\x00\x01" + filled + b"\x00" + digest)


def _extension(certificate: x509.Certificate, oid: str) -> bytes | None:
    for each in certificate["tbs_certificate"]["extensions"]:
        if each["extn_id"].dotted == oid:
            found: bytes = (
                each["extn_value"].native
                if isinstance(each["extn_value"].native, bytes)
                else each["extn_value"].contents
            )
            return found
    return None


def _belongs(told: dict[str, Any], leaf: x509.Certificate) -> None:
    subject = leaf.subject.native
    _must(subject.get("user_id") == told["passTypeIdentifier"], "the pass type is another's")
    _must(subject.get("organizational_unit_name") == told["teamIdentifier"], "the team is another")
    named = _extension(leaf, _PASS_TYPE)
    _must(named is not None, "the certificate names no pass type")
    assert named
    _must(named[2:].decode() == told["passTypeIdentifier"], "the certificate names another type")


# -- pass.json ------------------------------------------------------------------------------------


def _pass(told: dict[str, Any]) -> None:
    for name, kind in REQUIRED.items():
        _must(isinstance(told.get(name), kind) and told[name], f"{name} is missing or no {kind}")
    _must(told["formatVersion"] == 1, "another format")
    styles = STYLES & set(told)
    _must(styles == {"storeCard"}, f"one style, the store card: {styles}")
    asks = {"webServiceURL", "authenticationToken"} & set(told)
    _must(len(asks) != 1, "half of what updates need")
    if asks:
        _must(told["webServiceURL"].startswith("https://"), "updates without https")
        _must(len(told["authenticationToken"]) >= 16, "the token is too short")
    _must(isinstance(told.get("voided", False), bool), "voided is no boolean")
    if "expirationDate" in told:
        moment = datetime.fromisoformat(told["expirationDate"])
        _must(moment.tzinfo, "an expiry without a zone")
    for name in ("backgroundColor", "foregroundColor", "labelColor"):
        read = _COLOUR.fullmatch(told.get(name, "rgb(0, 0, 0)"))
        _must(read and max(map(int, read.groups())) <= 255, f"{name} is no colour")
    for code in told.get("barcodes", []):
        _must(code["format"] in CODES and code["message"], "no code that a phone draws")
        code["message"].encode(code["messageEncoding"])
    _fields(told)


def _fields(told: dict[str, Any]) -> None:
    card = told["storeCard"]
    _must(set(card) <= set(FIELDS), f"unknown parts: {set(card) - set(FIELDS)}")
    keys = Counter(each["key"] for each in fields(told))
    _must(max(keys.values(), default=1) == 1, f"keys twice: {keys.most_common(2)}")
    for each in fields(told):
        _must(isinstance(each.get("value"), str | int | float), f"{each['key']} has no value")
        message = each.get("changeMessage")
        _must(message is None or "%@" in message, f"{each['key']}: a message without %@")
    below = len(card.get("secondaryFields", [])) + len(card.get("auxiliaryFields", []))
    square = any(
        code["format"] in ("PKBarcodeFormatQR", "PKBarcodeFormatAztec")
        for code in told.get("barcodes", [])
    )
    _must(below <= 4 or not square, "more than four fields above a square code")
    _must(len(card.get("headerFields", [])) <= 3, "more than three fields in the header")
    _must(len(card.get("primaryFields", [])) <= 1, "more than one primary field")


def fields(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every field of a store card."""
    for part in FIELDS:
        yield from told["storeCard"].get(part, [])


def spoken(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The notices that a phone shows when it replaces a pass by another: of every field that both
    have, whose value changed, and that has something to say."""
    known = {each["key"]: each["value"] for each in fields(before)}
    return [
        each["changeMessage"].replace("%@", str(each["value"]))
        for each in fields(now)
        if each.get("changeMessage") and known.get(each["key"], each["value"]) != each["value"]
    ]


__all__ = ["Rejected", "check", "fields", "files_of", "spoken", "strings"]
