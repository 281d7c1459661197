"""Passes as they must not be: a good one with one thing of it broken, and signed again."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.wallet import checker, pki

Files = dict[str, bytes]
USUAL = ("DetachedSignature", "Binary", "NoCapabilities")


def forged(
    package: bytes,
    *,
    said: Callable[[dict[str, Any]], None] | None = None,
    files: Callable[[Files], None] | None = None,
    manifest: Callable[[dict[str, str]], None] | None = None,
    afterwards: Callable[[Files], None] | None = None,
    leaf: pki.Issued | None = None,
    embedded: Sequence[pki.Issued] | None = None,
    options: Sequence[str] = USUAL,
) -> bytes:
    """The pass with something else `said` in pass.json, other `files` or another `manifest`, all
    signed by `leaf`; or changed `afterwards`, when it was signed."""
    made = {n: raw for n, raw in checker.files_of(package).items() if n not in _LAST}
    told = json.loads(made["pass.json"])
    if said:
        said(told)
    made["pass.json"] = json.dumps(told).encode()
    if files:
        files(made)
    listed = {name: hashlib.sha1(raw).hexdigest() for name, raw in made.items()}
    if manifest:
        manifest(listed)
    made["manifest.json"] = json.dumps(listed, indent=1).encode()
    made["signature"] = _signed(made["manifest.json"], leaf, embedded, options)
    if afterwards:
        afterwards(made)
    return zipped(made)


def zipped(files: Files) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return whole.getvalue()


_LAST = ("manifest.json", "signature")


def _signed(
    manifest: bytes,
    leaf: pki.Issued | None,
    embedded: Sequence[pki.Issued] | None,
    options: Sequence[str],
) -> bytes:
    signer = leaf or pki.usual()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
    builder = builder.add_signer(signer.certificate, signer.key, hashes.SHA256())
    for each in [pki.authority().wwdr] if embedded is None else embedded:
        builder = builder.add_certificate(each.certificate)
    return builder.sign(Encoding.DER, [getattr(pkcs7.PKCS7Options, name) for name in options])
