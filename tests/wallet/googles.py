"""A Google on loopback, and companies that reach it."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from app.modules.loyalty import cards
from app.modules.loyalty.wallet import GOOGLE, WalletPass, channels, google, passes
from tests.cast import Chain
from tests.wallet.fakes.google import Account, FakeGoogle


@contextmanager
def reaching(app: Flask, fake: FakeGoogle, **more: Any) -> Iterator[None]:
    """The application asks this Google within."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(before, **fake.settings, **more)
    google.roots.forget()
    try:
        yield
    finally:
        app.config["SETTINGS"] = before
        google.client.close()


def joined(chain: Chain, account: Account, **told: Any) -> None:
    """The chain has this account for its own."""
    with chain.acting() as session:
        file = account.file | told.pop("file", {})
        channels.keep(GOOGLE, {"account": file} | told, identifier=account.issuers[0], by=None)
        session.commit()


def take(chain: Chain, number: str) -> str:
    """The card goes to Google's wallet; its pass's serial."""
    with chain.acting() as session:
        serial = passes.serial_of(cards.find(number))
        passes.take(serial, GOOGLE)
        session.commit()
    return str(serial)


def pass_row(chain: Chain, serial: str) -> WalletPass:
    """What is kept of the pass now."""
    with chain.acting():
        told = passes.read_serial(serial)
        assert told
        row = passes.of_serial(told, GOOGLE)
        assert row
    return row
