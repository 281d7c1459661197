"""The test authority is one that OpenSSL believes, and its broken certificates are broken."""

import subprocess
from datetime import timedelta
from pathlib import Path

from tests.wallet import pki


def _verifies(leaf: pki.Issued, folder: Path, *, by: pki.Authority) -> bool:
    files = {"root": by.root.pem, "wwdr": by.wwdr.pem, "leaf": leaf.pem}
    for name, pem in files.items():
        (folder / f"{name}.pem").write_bytes(pem)
    asked = ["openssl", "verify", "-ignore_critical", "-CAfile", "root.pem", "-untrusted"]
    return not subprocess.run(
        [*asked, "wwdr.pem", "leaf.pem"], cwd=folder, capture_output=True, check=False
    ).returncode


def test_openssl_believes_the_usual_certificate_and_no_broken_one(tmp_path: Path) -> None:
    trusted, other = pki.authority(), pki.authority("Other")
    assert _verifies(pki.usual(), tmp_path, by=trusted)
    assert not _verifies(trusted.issue(lasts=timedelta(days=-1)), tmp_path, by=trusted)
    assert not _verifies(other.issue(), tmp_path, by=trusted)


def test_the_files_are_what_the_settings_name(tmp_path: Path) -> None:
    variables = pki.written(tmp_path)
    assert set(variables) == {"APPLE_PASS_CERT", "APPLE_PASS_KEY", "APPLE_WWDR_CERT"}
    assert Path(variables["APPLE_PASS_KEY"]).read_bytes() == pki.usual().key_pem
