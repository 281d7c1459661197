"""What a pass is called, and what proves that somebody holds it.

A serial is `<company>-<card>-<link version>` in hexadecimal: it names its company, so that the
company is known before the first query, and a card whose links were ended has another one. The
token is derived with `FIELD_KEY` and stored nowhere. Serial and token of a pass never change: its
row remembers the version of the key.
"""

import base64
import hmac
import re
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from config import Keyring

from .... import clock, tenancy
from ....extensions import db
from ..cards import CLOSED, LoyaltyCard
from . import waking
from .models import WalletPass

_SERIAL = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{1,4})")
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Serial:
    """Which pass is meant; whether there is one is another question."""

    company_id: int
    card_id: int
    link_version: int

    def __str__(self) -> str:
        return f"{self.company_id:x}-{self.card_id:x}-{self.link_version:x}"


def serial_of(card: LoyaltyCard) -> Serial:
    """The serial of the pass that this card would get now."""
    return Serial(card.company_id, card.id, card.link_version)


def serial_of_pass(row: WalletPass) -> Serial:
    return Serial(row.company_id, row.card_id, row.link_version)


def read_serial(text: str) -> Serial | None:
    """A serial as a phone sent it; None for what can be none."""
    found = _SERIAL.fullmatch(text)
    parts = [int(part, 16) for part in found.groups()] if found else []
    return Serial(*parts) if parts and max(parts) <= _LARGEST else None


def token(serial: Serial, key_version: int | None = None) -> str:
    """What authenticates the holder of this pass: 43 characters. Raises KeyError where the key's
    version is gone."""
    mac = _keyring().mac("wallet-pass", str(serial).encode(), key_version)
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def proves(serial: Serial, said: str) -> int | None:
    """The version of the key under which this token is the pass's own; None where it is not."""
    for version, _secret in _keyring().versions:
        if hmac.compare_digest(token(serial, version).encode(), said.encode()):
            return version
    return None


def card_of(serial: Serial) -> LoyaltyCard | None:
    """The acting company's card that the pass was made for."""
    if serial.company_id != tenancy.company_id():
        return None
    return db.session.get(LoyaltyCard, (serial.company_id, serial.card_id))


def of_serial(serial: Serial, platform: str) -> WalletPass | None:
    """What is kept of the acting company's pass with this serial."""
    return db.session.scalar(
        select(WalletPass).where(
            WalletPass.platform == platform,
            WalletPass.card_id == serial.card_id,
            WalletPass.link_version == serial.link_version,
        )
    )


def take(serial: Serial, platform: str, key_version: int | None = None) -> WalletPass:
    """What is kept of this pass, from now on if nothing was; due, so that it is synced soon.

    The card must exist. Two at once: the unique key judges, see `database.once_more`.
    """
    row = of_serial(serial, platform)
    if row is None:
        card = db.session.get_one(LoyaltyCard, (serial.company_id, serial.card_id))
        row = WalletPass(
            platform=platform,
            card_id=card.id,
            shows_card_id=card.merged_into_id or card.id,
            link_version=serial.link_version,
            key_version=key_version or _keyring().current,
            due_at=clock.now(),
            queued_at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        waking.after_commit()
    return row


def hold(row: WalletPass) -> None:
    """Lock the pass until the transaction ends, and read it as it stands now."""
    db.session.refresh(row, with_for_update={"key_share": True})


def has_ended(serial: Serial, card: LoyaltyCard) -> bool:
    """Whether the pass is void for good: its links were ended, or the card that it shows is
    closed."""
    own = db.session.get_one(LoyaltyCard, (serial.company_id, serial.card_id))
    return serial.link_version != own.link_version or card.status == CLOSED


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].field_key
    return keyring
