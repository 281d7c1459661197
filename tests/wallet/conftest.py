"""An application that can sign passes, and a fresh chain in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.wallet import pki

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
