"""One file that holds an installation: the database at one moment, the uploads, and a manifest.

The secrets are not in it: whoever finds a backup reads no PIN and forges no line. Keep them
elsewhere; without FIELD_KEY the ledger's chains cannot be verified after a restore.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
from flask import current_app
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from config import Settings

from . import clock, tenancy
from .database import guards, sqlite_library
from .errors import Refusal
from .extensions import db
from .health import applied_migrations

_DATABASE, _MEDIA, _MANIFEST = "database", "media", "manifest.json"
# What reading a file can raise that is something else, or ends in the middle.
_UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error, TypeError, ValueError)
_SQLITE, _STRANGE = "sqlite", "What is in it is no database of Regulars. Nothing was changed."


class BackupRefused(Refusal):
    code = "backup-refused"
    title = "Not possible like this"


def backup(path: Path) -> dict[str, Any]:
    """Write a backup while the tills go on; answers its manifest. The file appears whole or not
    at all, and only its owner can read it."""
    settings = _settings()
    with _workshop(path.parent) as folder:
        (_dump_sqlite if _kind() == _SQLITE else _dump_postgresql)(folder / _DATABASE)
        if settings.media_dir.is_dir():
            shutil.copytree(settings.media_dir, folder / _MEDIA)
        manifest = {
            "product": "regulars",
            "made_at": clock.now().isoformat(),
            "database": _kind(),
            "migrations": sorted(applied_migrations()),
            "sha256": _digest(folder / _DATABASE),
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

    Raises `BackupRefused` for what is no backup, is damaged, is of the other database, or would
    overwrite companies without `force`. Stop the server and the workers first.
    """
    settings = _settings()
    with _workshop(settings.instance_dir) as folder:
        manifest = _unpacked(path, folder)
        if not force and _holds_anything():
            raise BackupRefused(
                "There is an installation here already. --force throws it away for the backup."
            )
        (_prove_sqlite if _kind() == _SQLITE else _prove_postgresql)(folder / _DATABASE)
        db.session.rollback()
        db.engine.dispose()
        (_load_sqlite if _kind() == _SQLITE else _load_postgresql)(folder / _DATABASE)
        if (folder / _MEDIA).is_dir():
            shutil.rmtree(settings.media_dir, ignore_errors=True)
            shutil.copytree(folder / _MEDIA, settings.media_dir)
    flask_migrate.upgrade()
    return manifest


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _kind() -> str:
    return str(db.engine.dialect.name)


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
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _holds_anything() -> bool:
    with tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        if "companies" not in inspect(connection).get_table_names():
            return False
        return connection.exec_driver_sql("SELECT 1 FROM companies LIMIT 1").first() is not None


# -- SQLite ----------------------------------------------------------------------------------------


def _file() -> Path:
    return Path(str(make_url(_settings().database_url).database))


def _dump_sqlite(into: Path) -> None:
    """`VACUUM INTO` reads one moment while others write."""
    with closing(sqlite_library().connect(_file(), isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(into),))


def _prove_sqlite(dump: Path) -> None:
    """Raises `BackupRefused` unless it is a sound database of ours: nothing is replaced yet."""
    with closing(sqlite_library().connect(dump)) as connection:
        try:
            sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
            ours = sound and connection.execute("SELECT 1 FROM alembic_version").fetchone()
        except sqlite_library().DatabaseError:
            ours = None
    if not ours:
        raise BackupRefused(_STRANGE)


def _load_sqlite(dump: Path) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    _must_be_idle(file)
    for left in ("-wal", "-shm"):
        file.with_name(file.name + left).unlink(missing_ok=True)
    shutil.copy(dump, file.with_suffix(".restored"))
    file.with_suffix(".restored").replace(file)


def _must_be_idle(file: Path) -> None:
    """Raises `BackupRefused` while a server or worker has the file open for writing."""
    if not file.exists():
        return
    connection = sqlite_library().connect(file, isolation_level=None, timeout=1)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite_library().OperationalError:
        raise BackupRefused("The database is in use: stop the server and the workers.") from None
    finally:
        connection.close()


# -- PostgreSQL ------------------------------------------------------------------------------------


def _dump_postgresql(into: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={into}")


def _prove_postgresql(dump: Path) -> None:
    """Raises `BackupRefused` unless PostgreSQL's tool can read it and it holds our tables."""
    if "alembic_version" not in _run("pg_restore", "--list", str(dump)):
        raise BackupRefused(_STRANGE)


def _load_postgresql(dump: Path) -> None:
    """Into an empty schema, in one transaction: all of it or nothing. The roles that policies
    name are made first; grants and policies are put back by the migrations that follow."""
    with tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        guards.make_roles(connection)
    db.engine.dispose()
    _run(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        f"--dbname={_server()['dbname']}",
        str(dump),
    )


def _server() -> dict[str, Any]:
    settings = _settings()
    url = make_url(settings.migration_database_url or settings.database_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return conninfo_to_dict(plain)


def _run(tool: str, *arguments: str) -> str:
    """What PostgreSQL's own tool prints; the password travels in the environment alone."""
    found = shutil.which(tool)
    if found is None:
        raise BackupRefused(f"{tool} is not installed: it comes with PostgreSQL's client tools.")
    variables = {name: f"PG{name.upper()}" for name in ("host", "port", "user", "password")}
    variables["dbname"] = "PGDATABASE"
    server = _server()
    own = {name: str(server[key]) for key, name in variables.items() if server.get(key)}
    ran = subprocess.run(  # noqa: S603 - a tool of PostgreSQL, found on the path
        [found, *arguments], env=os.environ | own, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise BackupRefused(f"{tool} failed: {ran.stderr.strip()[-400:]}")
    return ran.stdout
