"""Fixtures: one migrated database per kind, an application, a fresh chain, a live server.

`kind` runs a test twice, on SQLite and on PostgreSQL. Both databases are copies of a template
that was migrated once.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import flask_migrate
import httpx2
import hypothesis
import pytest
from flask import Flask

from app import create_app
from app.extensions import db
from config import Settings
from tests import servers
from tests.cast import Chain
from tests.servers import KINDS, POSTGRESQL, Databases, Web

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Machines are slow at times; and a failing example is printed, not kept in a hidden directory.
hypothesis.settings.register_profile("house", deadline=None, database=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A directory for this session's files."""
    with tempfile.TemporaryDirectory(prefix="regulars-tests-") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def databases(folder: Path) -> Iterator[Databases]:
    """Where new databases of both kinds come from."""
    with servers.postgresql() as url:
        made = Databases(folder, url)
        yield made
        made.drop_all()


@pytest.fixture(scope="session")
def templates(databases: Databases, folder: Path) -> Callable[[str], str]:
    """By kind, the URL of a migrated database without a row: to be copied, not to be used."""
    urls: dict[str, str] = {}

    def template(kind: str) -> str:
        if kind not in urls:
            urls[kind] = databases.create(kind)
            migrated = make_app(urls[kind], folder)
            with migrated.app_context():
                flask_migrate.upgrade()
            dispose(migrated)
        return urls[kind]

    return template


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    return str(request.param)


@pytest.fixture(scope="session")
def database_url(kind: str, databases: Databases, templates: Callable[[str], str]) -> str:
    """The migrated database that the tests of this kind share."""
    return databases.create(kind, like=templates(kind))


@pytest.fixture(scope="session")
def app(database_url: str, folder: Path) -> Iterator[Flask]:
    """The application on the shared database. Every test opens its own company in it."""
    application = make_app(database_url, folder)
    yield application
    dispose(application)


@pytest.fixture
def chain(app: Flask) -> Chain:
    """A fresh company, with everybody in it."""
    return Chain.open(app)


@pytest.fixture
def other_chain(app: Flask) -> Chain:
    """The company next door, whose rows nobody of `chain` may see."""
    return Chain.open(app)


@pytest.fixture
def fresh_app(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """An application on a migrated database of its own, for a test that counts or breaks it."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    yield application
    dispose(application)


@pytest.fixture(scope="module")
def quiet_app(
    kind: str,
    databases: Databases,
    templates: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """An application on a database and a mailbox of the module's own: a test that drains the
    outbox, reads letters or pages through every company does not do so for all tests before it.
    A module takes it by overriding `app`."""
    own = databases.create(kind, like=templates(kind))
    application = make_app(own, tmp_path_factory.mktemp(f"quiet-{kind}"))
    yield application
    dispose(application)


@pytest.fixture(scope="session")
def live(database_url: str, kind: str, folder: Path, redis_url: str) -> Iterator[Web]:
    """A real server process on the same database as `app`. It has a Redis, and so leaves the
    outbox alone: tests drain that by themselves."""
    own = servers.environment(database_url, folder / f"live-{kind}", REDIS_URL=redis_url)
    with servers.web_server(own) as web:
        yield web


@pytest.fixture(scope="session")
def http(live: Web) -> Iterator[httpx2.Client]:
    """A connection pool to the live server, for any number of threads."""
    with httpx2.Client(base_url=live.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis or Valkey."""
    with servers.valkey() as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A real Chromium."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=servers.chromium(), args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: "Browser", live: Web) -> Iterator["Page"]:
    """A page at tablet size, in a context of its own, at home on the live server."""
    context = browser.new_context(base_url=live.url, viewport={"width": 1180, "height": 820})
    yield context.new_page()
    context.close()


def make_app(database_url: str, folder: Path, **variables: str) -> Flask:
    """An application on this database, with the tests' secrets."""
    environ = servers.environment(database_url, folder / "instance", **variables)
    return create_app(Settings.read(environ))


def dispose(app: Flask) -> None:
    """Close the application's connections."""
    with app.app_context():
        db.engine.dispose()


__all__ = ["POSTGRESQL", "dispose", "make_app"]
