"""One file that holds an installation: the database at one moment, the uploads, and a manifest.

The secrets are not in it: whoever finds a backup reads no PIN and forges no line. Keep them
elsewhere; without FIELD_KEY the ledger's chains cannot be verified after a restore.

A restore takes what is here away only together with what comes: a backup that turns out bad on
the way, at whatever row, and a restore that is killed, leave everything as it was.
"""

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import inspect, select

from config import ROOT, Settings

from .. import clock, tenancy
from ..extensions import db
from ..health import applied_migrations
from ..modules.loyalty.wallet import WalletPass, marking
from . import postgresql, sqlite
from .refused import BackupRefused

__all__ = ["BackupRefused", "backup", "restore"]

_DATABASE, _MEDIA, _MANIFEST = "database", "media", "manifest.json"
# What reading a file can raise that is something else, or ends in the middle.
_UNREADABLE = (
    OSError,
    EOFError,
    tarfile.TarError,
    zlib.error,
    TypeError,
    ValueError,
    RecursionError,
)
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")


def backup(path: Path) -> dict[str, Any]:
    """Write a backup while the tills go on; answers its manifest. The file appears whole or not
    at all, and only its owner can read it."""
    settings = _settings()
    with _workshop(path.parent) as folder:
        rows = _database().dump(folder / _DATABASE)
        if settings.media_dir.is_dir():
            _take_uploads(settings.media_dir, folder / _MEDIA)
        manifest = {
            "product": "regulars",
            "made_at": clock.now().isoformat(),
            "database": _kind(),
            "migrations": sorted(applied_migrations()),
            "sha256": _digest(folder / _DATABASE),
            "rows": rows,
        }
        (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2))
        draft = folder / "whole.tar.gz"
        with tarfile.open(draft, "w:gz", compresslevel=3) as tar:
            for name in (_MANIFEST, _DATABASE, _MEDIA):
                if (folder / name).exists():
                    tar.add(folder / name, arcname=name)
        draft.chmod(0o600)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    return manifest


def restore(path: Path, *, force: bool = False) -> dict[str, Any]:
    """Put a backup in place of this installation's database and uploads, and migrate it.

    Raises `BackupRefused` for what is no backup, is damaged, is of the other database or of a
    newer version, or would overwrite companies without `force`; then nothing was changed. Stop
    the server and the workers first.
    """
    settings = _settings()
    with _workshop(settings.instance_dir) as folder:
        manifest = _unpacked(path, folder)
        if not force and _holds_anything():
            raise BackupRefused(
                "There is an installation here already. --force throws it away for the backup."
            )
        db.session.rollback()
        db.engine.dispose()
        _database().load(folder / _DATABASE, _rows(manifest))
        if (folder / _MEDIA).is_dir():
            _put_uploads(folder / _MEDIA, settings.media_dir)
    flask_migrate.upgrade()
    _tell_phones()
    return manifest


def _tell_phones() -> None:
    """Of the state that is here now, in each company that has passes: they may show a later one."""
    with tenancy.crossing():
        companies = db.session.scalars(select(WalletPass.company_id).distinct()).all()
        db.session.rollback()
    for company_id in companies:
        with tenancy.acting_as(company_id):
            marking.of_restored()
            db.session.commit()


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _kind() -> str:
    return str(db.engine.dialect.name)


def _database() -> Any:
    return sqlite if _kind() == "sqlite" else postgresql


@contextmanager
def _workshop(beside: Path) -> Iterator[Path]:
    """A private folder on the same disk, so that the last step is one rename."""
    beside.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path) as tar:
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = dict(json.loads((folder / _MANIFEST).read_text()))
        digest = _digest(folder / _DATABASE)
    except _UNREADABLE as fault:
        raise BackupRefused(f"{path.name}: this is no backup of Regulars.") from fault
    if manifest.get("database") != _kind():
        raise BackupRefused(
            f"This backup is of {manifest.get('database')}, and DATABASE_URL names {_kind()}."
        )
    if digest != manifest.get("sha256"):
        raise BackupRefused(f"{path.name}: it is damaged; its digest does not match.")
    known = ScriptDirectory(str(ROOT / "migrations"))
    try:
        known.get_revisions(manifest.get("migrations") or ())
    except CommandError as fault:
        raise BackupRefused(f"{path.name}: a newer version of Regulars made it.") from fault
    return manifest


def _rows(manifest: dict[str, Any]) -> dict[str, int]:
    """How many rows each table has to have afterwards; nothing, where an older version did not
    count them. Raises `BackupRefused` for names that are none: they go into statements."""
    rows = manifest.get("rows") or {}
    if not isinstance(rows, dict) or not all(
        _TABLE.fullmatch(table) and isinstance(number, int) for table, number in rows.items()
    ):
        raise BackupRefused("The manifest counts what are no tables. Nothing was changed.")
    return rows


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _holds_anything() -> bool:
    with tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        if "companies" not in inspect(connection).get_table_names():
            return False
        return connection.exec_driver_sql("SELECT 1 FROM companies LIMIT 1").first() is not None


def _take_uploads(stand: Path, into: Path) -> None:
    """What was taken away while it was copied is no fault: it can be made again from the rows."""
    try:
        shutil.copytree(stand, into)
    except shutil.Error as fault:
        if any(Path(source).exists() for source, _into, _why in fault.args[0]):
            raise


def _put_uploads(come: Path, stand: Path) -> None:
    """In place of those that are here, once all of them have been written beside these."""
    beside, gone = stand.with_name(".media-restored"), stand.with_name(".media-replaced")
    for left in (beside, gone):  # by a restore that was killed here
        shutil.rmtree(left, ignore_errors=True)
    shutil.copytree(come, beside)
    if stand.exists():
        stand.rename(gone)
    beside.rename(stand)
    shutil.rmtree(gone, ignore_errors=True)
