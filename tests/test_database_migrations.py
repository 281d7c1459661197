"""Migrations run up, down and up again on both databases, and say what the models say."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app import tenancy, verify
from app.database.guards import APPEND_ONLY
from app.extensions import db
from app.modules.loyalty import accrual
from config import ROOT
from tests import servers
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import SQLITE, Databases


@pytest.fixture
def bare(kind: str, databases: Databases, folder: Path) -> Iterator[Flask]:
    """An application on a database without a single table."""
    application = make_app(databases.create(kind), folder)
    with application.app_context():
        yield application
    dispose(application)


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_every_migration_can_be_undone() -> None:
    for script in ScriptDirectory(str(ROOT / "migrations")).walk_revisions():
        source = Path(script.path).read_text().partition("def downgrade")[2]
        assert source.strip(), script.path
        assert "pass" not in source.split(), script.path


def test_up_down_and_up_again_is_the_same_schema(bare: Flask) -> None:
    flask_migrate.upgrade()
    first = _schema()
    assert len(first) > 100
    flask_migrate.downgrade(revision="base")
    assert _tables() == {"alembic_version"}
    flask_migrate.upgrade()
    assert _schema() == first


def test_migrating_twice_changes_nothing(bare: Flask) -> None:
    flask_migrate.upgrade()
    first = _schema()
    flask_migrate.upgrade()
    assert _schema() == first


def test_two_starts_at_once_migrate_one_after_the_other(
    bare: Flask, kind: str, folder: Path
) -> None:
    """PostgreSQL has no one writer, so whoever comes second waits at a lock of our own."""
    url = str(bare.config["SETTINGS"].database_url)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    env = os.environ | servers.environment(url, folder / "instance")
    with tenancy.crossing(tenancy.OWNER), db.engine.connect() as first, first.begin():
        if kind != SQLITE:
            first.execute(text("SELECT pg_advisory_xact_lock(7236478)"))
        second = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while kind != SQLITE and not first.scalar(text(waits)):
            assert second.poll() is None, "it did not wait"
    assert second.wait(timeout=60) == 0
    assert len(_schema()) > 100


def test_the_migrations_say_what_the_models_say(bare: Flask) -> None:
    """`flask db check` ends the process where they differ."""
    flask_migrate.upgrade()
    flask_migrate.check()


def test_the_triggers_are_put_back_after_every_upgrade(bare: Flask, kind: str) -> None:
    """SQLite's batch mode drops them without a word."""
    flask_migrate.upgrade()
    before = _triggers(kind)
    assert {name.split("_no_")[0].removesuffix("_append_only") for name in before} == set(
        APPEND_ONLY
    )
    with tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
        for name in before:
            table = name.split("_no_")[0].removesuffix("_append_only")
            on = f" ON {table}" if kind != SQLITE else ""
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
    assert _triggers(kind) == set()
    flask_migrate.upgrade()
    assert _triggers(kind) == before


def test_what_was_there_before_points_still_proves_itself(bare: Flask) -> None:
    """Cards, lines, lots and rules as the first release kept them: without a column of points,
    and after the upgrade nothing of them is missing or another."""
    flask_migrate.upgrade()
    db.session.rollback()
    chain = Chain.open(bare, loyalty_type="hybrid", stamps_target=2, welcome_bonus_points=25)
    number = chain.card()
    chain.stamp(number, 3)
    chain.redeem(number)
    before = _figures(chain, number)
    db.engine.dispose()
    flask_migrate.downgrade(revision="0001")
    assert "rewards" not in _tables()
    flask_migrate.upgrade()
    assert _figures(chain, number) == before
    assert [str(breach) for breach in verify.breaches()] == []
    with chain.acting() as session:
        assert accrual.earn(number, 700, by=chain.actor, attempt=None)
        session.commit()
    assert chain.card_row(number).points_balance == 32
    assert [str(breach) for breach in verify.breaches()] == []


def _figures(chain: Chain, number: str) -> list[Any]:
    lines = [(line.type, line.points, line.stamps, line.chain) for line in chain.lines(number)]
    return [chain.card_row(number).head, *lines]


def test_readyz_waits_for_the_migrations(bare: Flask) -> None:
    answer = bare.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "migrations are not applied" in answer.get_data(as_text=True)


def _tables() -> set[str]:
    with tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def _triggers(kind: str) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if kind == SQLITE
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        return set(connection.execute(text(query)).scalars())


def _schema() -> list[str]:
    """Everything the catalogue says, one line each."""
    with tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        catalogue = inspect(connection)
        listings: tuple[Callable[[str], Any], ...] = (
            catalogue.get_columns,
            lambda table: [catalogue.get_pk_constraint(table)],
            catalogue.get_foreign_keys,
            catalogue.get_unique_constraints,
            catalogue.get_check_constraints,
            catalogue.get_indexes,
        )
        lines = [
            f"{table} {sorted(map(_told, each.items()))}"
            for table in catalogue.get_table_names()
            for listing in listings
            for each in listing(table)
        ]
        kind = connection.dialect.name
    return sorted(lines) + sorted(_triggers(kind))


def _told(item: tuple[str, Any]) -> str:
    """One fact of the catalogue in words; a partial index's condition is an object."""
    name, value = item
    words = {key: str(each) for key, each in value.items()} if isinstance(value, dict) else value
    return f"{name}={words}"
