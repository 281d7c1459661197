"""Taking a card's pass as its holder does, and what a test reads out of it."""

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.modules.loyalty import cards
from app.modules.loyalty.wallet import APPLE, WalletDevice, WalletPass, passes
from tests.cast import Chain
from tests.wallet import checker, pki


def link(chain: Chain, number: str) -> str:
    """The path of the card's page."""
    with chain.acting():
        return f"/s/{chain.slug}/cards/{cards.link_secret(cards.find(number))}"


def package(chain: Chain, number: str) -> bytes:
    """The `.pkpass` as it is downloaded from the card's page."""
    answer = chain.browser().get(f"{link(chain, number)}/pass.pkpass")
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def checked(package: bytes) -> dict[str, Any]:
    """`pass.json`, after the checker has found nothing against it."""
    return checker.check(package, root=pki.authority().root.pem)


def told(chain: Chain, number: str) -> dict[str, Any]:
    return checked(package(chain, number))


def values(said: dict[str, Any]) -> dict[str, Any]:
    """The fields' values by their keys."""
    return {each["key"]: each["value"] for each in checker.fields(said)}


def row(chain: Chain, serial: str) -> WalletPass | None:
    """What is kept of the pass now."""
    read = passes.read_serial(serial)
    assert read
    with chain.acting():
        db.session.expire_all()
        return passes.of_serial(read, APPLE)


def devices(chain: Chain) -> list[WalletDevice]:
    """The phones that are told of the chain's passes."""
    with chain.acting() as session:
        return list(session.scalars(select(WalletDevice)))
