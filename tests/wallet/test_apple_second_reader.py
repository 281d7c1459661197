"""A second implementation, npm's `passkit-generator`, reads our passes and says the same."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Chain
from tests.wallet import checker, takes

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
READER = "passkit-generator@3.6.1"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where it is installed."""
    folder = tmp_path_factory.mktemp("reader")
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        pytest.skip("npm is not there: nobody but our own checker reads the passes")
    words = "install --no-audit --no-fund --ignore-scripts --prefer-offline --silent --prefix"
    try:
        subprocess.run(
            [npm, *words.split(), str(folder), READER], check=True, capture_output=True, timeout=60
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"npm cannot install {READER} here")
    shutil.copy(Path(__file__).parent / "reader.cjs", folder)
    return folder


def test_another_implementation_reads_a_pass_and_signs_what_ours_reads(
    signing: Chain, reader: Path, tmp_path: Path, apple_files: dict[str, str]
) -> None:
    number = signing.card(first_name="Anouk", email=f"anouk@{signing.slug}.example")
    signing.publish(loyalty_type="hybrid", terms_text="One stamp a visit.")
    signing.stamp(number)
    package = takes.package(signing, number)
    for name, raw in checker.files_of(package).items():
        path = tmp_path / "pass" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    certificates = Path(apple_files["APPLE_PASS_CERT"]).parent
    done = subprocess.run(
        ["node", "reader.cjs", tmp_path / "pass", certificates, tmp_path / "theirs"],
        cwd=reader,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    theirs = json.loads(done.stdout)
    ours = takes.checked(package)
    assert set(theirs["languages"]) == {"en", "de", "fr"}
    assert _plain(theirs["said"]) == _plain(ours), "it leaves away what it does not understand"
    assert _plain(takes.checked((tmp_path / "theirs").read_bytes())) == _plain(ours)


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    """Without parts that are there and empty."""
    card = {part: fields for part, fields in said["storeCard"].items() if fields}
    return {**said, "storeCard": card}
