"""An application that can sign passes, and a fresh chain in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.modules.loyalty.wallet.apple import apns as client
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases
from tests.wallet import pki
from tests.wallet.fakes import apns as fakes
from tests.wallet.phone import InHand, in_hand

PUBLIC_URL = "https://regulars.example"


@pytest.fixture(scope="session")
def apple_files(folder: Path) -> dict[str, str]:
    """The environment that names the usual certificate's files; `root.pem` lies beside them."""
    return pki.written(folder / "apple")


@pytest.fixture(scope="session")
def signing_app(database_url: str, folder: Path, apple_files: dict[str, str]) -> Iterator[Flask]:
    """The application on the shared database, with the platform's pass type, reached by https."""
    made = make_app(database_url, folder / "signing", PUBLIC_URL=PUBLIC_URL, **apple_files)
    yield made
    dispose(made)


@pytest.fixture
def signing(signing_app: Flask) -> Chain:
    """A fresh company whose customers can have Apple passes."""
    return Chain.open(signing_app)


@pytest.fixture(scope="module")
def any_phone(signing_app: Flask) -> InHand:
    """A phone with a pass, for questions that change nothing."""
    return InHand(*in_hand(Chain.open(signing_app)))


@pytest.fixture(scope="session")
def apns_service(folder: Path) -> Iterator[fakes.Apns]:
    """A push service on loopback."""
    with fakes.serving(folder / "apns") as service:
        yield service
        client.hang_up()


@pytest.fixture
def apns(apns_service: fakes.Apns) -> fakes.Apns:
    """The same, with nothing heard and nothing to say but yes."""
    apns_service.forget()
    return apns_service


@pytest.fixture(scope="session")
def pushing_variables(
    folder: Path, apple_files: dict[str, str], apns_service: fakes.Apns
) -> dict[str, str]:
    """The environment of an installation that reaches it with the usual certificate."""
    trusted = str(folder / "apns" / "root.pem")
    return {
        "PUBLIC_URL": PUBLIC_URL,
        "APNS_URL": apns_service.url,
        "APNS_CA": trusted,
    } | apple_files


@pytest.fixture(scope="session")
def pushing_app(
    kind: str,
    databases: Databases,
    templates: Callable[[str], str],
    folder: Path,
    pushing_variables: dict[str, str],
) -> Iterator[Flask]:
    """An application whose pushes go to the loopback service, on a database of its own: an engine
    serves every company there is."""
    url = databases.create(kind, like=templates(kind))
    made = make_app(url, folder / f"pushing-{kind}", **pushing_variables)
    yield made
    dispose(made)


@pytest.fixture
def pushing(pushing_app: Flask) -> Chain:
    """A fresh company there."""
    return Chain.open(pushing_app)
