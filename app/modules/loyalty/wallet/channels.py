"""How a company reaches each platform: by credentials of its own, else by the installation's.

What is read here is plain data; who signs or speaks with it keeps what it makes of it in a cache
of its own, by `fingerprint`.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from config import Settings

from .... import clock, outbox, sealed, tenancy
from ....extensions import db
from .models import APPLE, GOOGLE, LONGEST_FAULT, WalletChannel


@dataclass(frozen=True, slots=True)
class AppleKeys:
    """A pass type's certificate, its key and the intermediate that signed it: PEM."""

    certificate: bytes
    key: bytes = field(repr=False)
    intermediate: bytes
    own: bool = False

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.certificate + self.key + self.intermediate).hexdigest()


@dataclass(frozen=True, slots=True)
class GoogleKeys:
    """A service account, as Google's JSON file says it; and its issuer, where that is known."""

    account: dict[str, Any] = field(repr=False)
    issuer: str | None = None
    own: bool = False

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.account, sort_keys=True).encode()).hexdigest()


def apple() -> AppleKeys | None:
    """The acting company's way to Apple; None where there is none."""
    if told := _own(APPLE):
        return AppleKeys(**{name: text.encode() for name, text in told.items()}, own=True)
    settings = _settings()
    certificate, key = settings.apple_pass_cert, settings.apple_pass_key
    if not (certificate and key and settings.apple_wwdr_cert):
        return None
    return AppleKeys(_read(certificate), _read(key), _read(settings.apple_wwdr_cert))


def google() -> GoogleKeys | None:
    """The acting company's way to Google; None where there is none."""
    if told := _own(GOOGLE):
        return GoogleKeys(told["account"], told.get("issuer"), own=True)
    settings = _settings()
    if settings.google_wallet_credentials is None:
        return None
    account = json.loads(_read(settings.google_wallet_credentials))
    return GoogleKeys(account, settings.google_wallet_issuer or account.get("issuer_id"))


def offers(platform: str) -> bool:
    """Whether the acting company's customers can get passes now: then, and only then, a button is
    shown. A channel that was stopped offers none."""
    if (apple if platform == APPLE else google)() is None:
        return False
    row = row_of(platform)
    return row is None or row.stopped_at is None


def row_of(platform: str) -> WalletChannel | None:
    """What is kept of the acting company's channel."""
    return db.session.scalar(select(WalletChannel).where(WalletChannel.platform == platform))


def hold(platform: str) -> WalletChannel:
    """The channel's row, locked until the transaction ends; made where there is none."""
    query = select(WalletChannel).where(WalletChannel.platform == platform)
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        row = WalletChannel(platform=platform)
        db.session.add(row)
        db.session.flush()
    return row


def stop(platform: str, fault: str) -> None:
    """Send nothing on this channel until its credentials are mended, and tell the admins once."""
    row = hold(platform)
    if row.stopped_at is None:
        row.stopped_at, row.fault = clock.now(), fault[:LONGEST_FAULT]
        outbox.put("wallet.stopped", platform=platform)


def go_on(platform: str) -> None:
    """Send again."""
    row = hold(platform)
    row.stopped_at = row.fault = None


def keep(platform: str, told: dict[str, Any], *, identifier: str, by: int | None) -> WalletChannel:
    """Seal a company's own credentials, which somebody has checked; the channel goes on."""
    row = hold(platform)
    row.sealed = sealed.seal(_purpose(platform), row.company_id, json.dumps(told).encode())
    row.identifier, row.changed_at, row.changed_by = identifier, clock.now(), by
    row.stopped_at = row.fault = row.design_hash = row.design_sent_at = None
    row.warned_days = row.expires_at = None
    return row


def forget(platform: str, *, by: int | None) -> None:
    """Take a company's own credentials away: it uses the installation's, where there are any."""
    row = hold(platform)
    row.sealed = row.identifier = row.expires_at = row.warned_days = None
    row.stopped_at = row.fault = row.design_hash = row.design_sent_at = None
    row.changed_at, row.changed_by = clock.now(), by


def _own(platform: str) -> dict[str, Any] | None:
    row = row_of(platform)
    if row is None or row.sealed is None:
        return None
    opened = sealed.unseal(_purpose(platform), tenancy.company_id(), row.sealed)
    told: dict[str, Any] = json.loads(opened)
    return told


def _purpose(platform: str) -> str:
    return f"wallet-{platform}"


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _read(path: Path) -> bytes:
    return _content(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _content(path: Path, _changed: int) -> bytes:
    """Read again when the file is another one: certificates are replaced while we run."""
    return path.read_bytes()
