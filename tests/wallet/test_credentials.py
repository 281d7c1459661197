"""What an administrator gives is looked at before it is kept: each fault is named, with its field,
what was found and what was expected; a secret never is.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import pem as asn1_pem
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.modules.loyalty.wallet.credentials import FAULT, WARNING, apple, chests, uploads
from app.modules.loyalty.wallet.credentials.der import affordable
from app.modules.loyalty.wallet.credentials.findings import faults
from app.modules.loyalty.wallet.credentials.uploads import Given
from tests.servers import SQLITE
from tests.wallet import nested, pki

pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)  # nothing asks a database
PASSPHRASE = "open-sesame-7731"
NOW = datetime.now(UTC)
_DER = serialization.Encoding.DER


def fields(leaf: pki.Issued, by: pki.Authority | None = None, key: bytes = b"") -> dict[str, str]:
    """By field, what the look at these finds wrong."""
    above = (by or pki.authority()).wwdr.pem
    found, _facts = apple.examine(leaf.pem, key or leaf.key_pem, above, NOW)
    return faults(found)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: str = "") -> bytes:
    sealed: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        sealed = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)


def chest(leaf: pki.Issued, passphrase: str = PASSPHRASE) -> bytes:
    """A .p12 as a keychain exports it, with the intermediate in it."""
    sealed = serialization.BestAvailableEncryption(passphrase.encode())
    above = [pki.authority().wwdr.certificate]
    return pkcs12.serialize_key_and_certificates(b"card", leaf.key, leaf.certificate, above, sealed)


# -- what is right ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["pem", "der", "p12", "sealed key", "bundle", "at hand"])
def test_a_pass_types_credentials_are_read_whatever_their_form(app: Flask, form: str) -> None:
    leaf, above = pki.usual(), pki.authority().wwdr
    forms = {
        "pem": Given(leaf.pem, leaf.key_pem, above.pem),
        "der": Given(
            leaf.certificate.public_bytes(_DER), leaf.key_pem, above.certificate.public_bytes(_DER)
        ),
        "p12": Given(chest(leaf), passphrase=PASSPHRASE),
        "sealed key": Given(leaf.pem, pem(leaf.key, PASSPHRASE), above.pem, PASSPHRASE),
        "bundle": Given(leaf.pem + above.pem + pki.authority().root.pem, leaf.key_pem),
        "at hand": Given(leaf.pem, leaf.key_pem),
    }
    known = [pki.authority("Other").wwdr.pem, above.pem] if form == "at hand" else []
    with app.app_context():
        told = uploads.trio(forms[form], known)
        assert told == pki.told()
        found, facts = apple.examine(*(text.encode() for text in told.values()), NOW)
    assert faults(found) == {}
    assert facts
    assert (facts.pass_type, facts.team) == (pki.PASS_TYPE, pki.TEAM)


def test_the_intermediate_is_the_one_that_issued_it_whatever_its_generation(app: Flask) -> None:
    """Of several with the very same name, the one with the key that signed."""
    own = pki.authority()
    twin = pki._ca("Test WWDR CA", "twin", by=own.root, told=[], path=0)
    others = twin.pem + pki.authority("Other").wwdr.pem + own.wwdr.pem + pki.unmarked().wwdr.pem
    leaf = pki.usual()
    with app.app_context():
        told = uploads.trio(Given(leaf.pem, leaf.key_pem, others))
        assert told["intermediate"].encode() == pki.authority().wwdr.pem
        assert apple.chosen(leaf.pem, others) == pki.authority().wwdr.pem


# -- what is wrong, named --------------------------------------------------------------------------

BROKEN: list[tuple[str, Callable[[], dict[str, str]], str, str]] = [
    (
        "another key",
        lambda: fields(pki.usual(), key=pem(pki.key_named("stray"))),
        "key",
        "not the certificate’s",
    ),
    (
        "a short key",
        lambda: fields(pki.usual(), key=pem(rsa.generate_private_key(65_537, 1_024))),
        "key",
        "1024 bits",
    ),
    (
        "no RSA",
        lambda: fields(pki.usual(), key=pem(ec.generate_private_key(ec.SECP256R1()))),
        "key",
        "expected RSA",
    ),
    ("no key", lambda: fields(pki.usual(), key=b"nonsense"), "key", "expected PEM"),
    (
        "no pass type",
        lambda: fields(pki.authority().issue(pass_type="com.example.app")),
        "certificate",
        "“com.example.app”, expected a pass type",
    ),
    (
        "another pass type in its extension",
        lambda: fields(pki.authority().issue(marker="pass.other")),
        "certificate",
        "“pass.other”, expected its UID “pass.example.regulars.card”",
    ),
    (
        "no extension",
        lambda: fields(pki.authority().issue(marked=False)),
        "certificate",
        "1.2.840.113635.100.6.1.16",
    ),
    ("no team", lambda: fields(pki.authority().issue(team="x")), "certificate", "OU “x”"),
    (
        "another purpose",
        lambda: fields(pki.authority().issue(purposed=False)),
        "certificate",
        "1.2.840.113635.100.4.14",
    ),
    (
        "ended",
        lambda: fields(pki.authority().issue(lasts=timedelta(days=-2))),
        "certificate",
        "ended on",
    ),
    (
        "not begun",
        lambda: fields(pki.authority().issue(begins=timedelta(days=2))),
        "certificate",
        "valid from",
    ),
    (
        "a plain intermediate",
        lambda: fields(pki.unmarked().issue(), pki.unmarked()),
        "intermediate",
        "1.2.840.113635.100.6.2.1",
    ),
    (
        "another intermediate",
        lambda: fields(pki.usual(), pki.authority("Other")),
        "intermediate",
        "“Other WWDR CA”, expected “Test WWDR CA”",
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken[0])
def test_every_broken_credential_is_named(
    app: Flask, broken: tuple[str, Callable[[], dict[str, str]], str, str]
) -> None:
    _name, look, field, says = broken
    with app.test_request_context():
        found = look()
    assert list(found) == [field], found
    assert says in found[field]


def test_several_faults_are_told_at_once(app: Flask) -> None:
    leaf = pki.authority().issue(team="x", purposed=False, lasts=timedelta(days=-2))
    with app.test_request_context():
        found = fields(leaf, pki.authority("Other"), key=pem(pki.key_named("stray")))
    assert set(found) == {"key", "certificate", "intermediate"}
    assert all(word in found["certificate"] for word in ("OU “x”", "100.4.14", "ended on"))


@pytest.mark.parametrize(("days", "warned"), [(61, False), (60, True), (7, True), (1, True)])
def test_an_end_that_comes_near_is_a_warning(app: Flask, days: int, warned: bool) -> None:
    leaf = pki.authority().issue(lasts=timedelta(days=days, hours=1), now=NOW)
    with app.test_request_context():
        found, _facts = apple.examine(leaf.pem, leaf.key_pem, pki.authority().wwdr.pem, NOW)
    assert [one.state for one in found if one.state != "ok"] == [WARNING] * warned


# -- what means harm -------------------------------------------------------------------------------


def refused(app: Flask, given: Given) -> dict[str, str]:
    with app.app_context(), pytest.raises(uploads.Unusable) as fault:
        uploads.trio(given)
    return fault.value.errors


def test_what_is_missing_does_not_hide_what_is_wrong(app: Flask) -> None:
    """All files have to be chosen anew after each "no": better one than two."""
    stray = pem(pki.key_named("stray"))
    errors = refused(app, Given(pki.usual().pem, stray))
    assert set(errors) == {"key", "intermediate"}
    assert "not the certificate’s" in errors["key"]


def test_googles_file_in_apples_place_is_no_bad_key(app: Flask) -> None:
    googles = b'{"private_key": "-----BEGIN PRIVATE KEY-----\\nAA==\\n-----END PRIVATE KEY-----"}'
    errors = refused(app, Given(googles, pki.usual().key_pem))
    assert errors["certificate"] == "The file cannot be read, expected .cer, .pem or .p12."


def test_a_wrong_passphrase_is_asked_for_again_and_never_repeated(app: Flask) -> None:
    leaf = pki.usual()
    for files in (Given(chest(leaf)), Given(leaf.pem, pem(leaf.key, PASSPHRASE))):
        for typed in ("", "wrong-4471"):
            given = Given(files.certificate, files.key, passphrase=typed)
            errors = refused(app, given)
            assert "passphrase" in errors, errors
            assert "wrong-4471" not in str(errors)


@pytest.mark.parametrize("rounds", [2**31 - 1, 2_000_000])
def test_a_file_that_would_hash_for_hours_is_not_opened(app: Flask, rounds: int) -> None:
    """A .p12 is no archive, and yet a bomb: it says itself how often its passphrase is hashed."""
    leaf = pki.usual()
    outer = asn1_pkcs12.Pfx.load(chest(leaf))
    outer["mac_data"]["iterations"] = rounds
    inner = asn1_pkcs12.Pfx.load(chest(leaf))
    safe = inner.authenticated_safe
    bag = safe[0]["content"]["encrypted_content_info"]["content_encryption_algorithm"]
    bag["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = rounds
    inner["auth_safe"]["content"] = safe.dump(force=True)
    for hostile in (outer.dump(force=True), inner.dump(force=True)):
        errors = refused(app, Given(hostile, passphrase=PASSPHRASE))
        assert "too often" in errors["certificate"], errors
    sealed = asn1_keys.EncryptedPrivateKeyInfo.load(asn1_pem.unarmor(pem(leaf.key, PASSPHRASE))[2])
    parameters = sealed["encryption_algorithm"]["parameters"]
    parameters["key_derivation_func"]["parameters"]["iteration_count"] = rounds
    key = asn1_pem.armor("ENCRYPTED PRIVATE KEY", sealed.dump(force=True))
    errors = refused(app, Given(leaf.pem, key, passphrase=PASSPHRASE))
    assert "too often" in errors["key"], errors


def test_a_file_that_hides_how_often_it_hashes_is_given_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = nested.chest(PASSPHRASE, 2**31 - 1)
    assert affordable(hostile), "nobody can see it from outside"
    monkeypatch.setattr(chests, "PATIENCE_SECONDS", 1)
    errors = refused(app, Given(hostile, passphrase=PASSPHRASE))
    assert "too often" in errors["certificate"], errors


HOSTILE = [b"\0", b"\0" * 4_000, b"0" * 16_384, b"0\x80" * 8_000, b"$\x80" * 8_000, b"PK\3\4" * 99]
HOSTILE += [b"-----BEGIN CERTIFICATE-----\n" * 500, bytes(range(256)) * 60, "É\u2028".encode()]
HOSTILE += [b"-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----", b"x" * 200_000]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_nonsense_is_refused_in_every_place(app: Flask, content: bytes) -> None:
    leaf = pki.usual()
    assert refused(app, Given(content, content, content, "\0"))
    assert "key" in refused(app, Given(leaf.pem, content, pki.authority().wwdr.pem))
    assert refused(app, Given(content, leaf.key_pem, pki.authority().wwdr.pem))


@settings(max_examples=60)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7), which=st.sampled_from(["p12", "der"]))
def test_a_bit_that_flipped_is_a_fault_and_no_bug(
    app: Flask, at: int, bit: int, which: str
) -> None:
    leaf = pki.usual()
    whole = chest(leaf) if which == "p12" else leaf.certificate.public_bytes(_DER)
    bent = bytearray(whole)
    bent[at % len(bent)] ^= 1 << bit
    key = b"" if which == "p12" else leaf.key_pem
    given = Given(bytes(bent), key, pki.authority().wwdr.pem, PASSPHRASE)
    with app.test_request_context():
        try:
            told = uploads.trio(given)
        except uploads.Unusable:
            return
        found, _facts = apple.examine(*(text.encode() for text in told.values()), NOW)
    assert which == "p12" or bytes(bent) == whole or any(one.state == FAULT for one in found)
