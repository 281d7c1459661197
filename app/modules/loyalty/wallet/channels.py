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
from sqlalchemy.dialects import postgresql, sqlite

from config import Settings

from .... import clock, outbox, sealed, tenancy
from ....database import on_postgresql
from ....extensions import db
from . import credentials
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
    """The acting company's way to Apple; None where there is none, or its own cannot be opened."""
    row = row_of(APPLE)
    return own_apple(row) if row is not None and row.sealed else installed_apple()


def all_apple() -> list[AppleKeys]:
    """The acting company's way to Apple, then the installation's: new passes are made with the
    first; those that phones have already may be of either."""
    ways = (apple(), installed_apple())
    return [keys for at, keys in enumerate(ways) if keys is not None and keys not in ways[:at]]


def google() -> GoogleKeys | None:
    """The acting company's way to Google; None where there is none, or its own cannot be opened."""
    row = row_of(GOOGLE)
    return own_google(row) if row is not None and row.sealed else installed_google()


def own_apple(row: WalletChannel) -> AppleKeys | None:
    """A company's own, unsealed; None where the key is gone that sealed them."""
    told = opened(row)
    if told is None:
        return None
    return AppleKeys(**{name: text.encode() for name, text in told.items()}, own=True)


def own_google(row: WalletChannel) -> GoogleKeys | None:
    """The same of Google's."""
    told = opened(row)
    return GoogleKeys(told["account"], told.get("issuer"), own=True) if told else None


def installed_apple() -> AppleKeys | None:
    """The installation's way to Apple, for every company without one of its own."""
    settings = _settings()
    paths = (settings.apple_pass_cert, settings.apple_pass_key, settings.apple_wwdr_cert)
    files = [content_of(path) for path in paths]
    certificate, key, intermediate = files
    if certificate is None or key is None or intermediate is None:
        return None
    return AppleKeys(certificate, key, credentials.apple.chosen(certificate, intermediate))


def installed_google() -> GoogleKeys | None:
    """The installation's way to Google."""
    settings = _settings()
    path = settings.google_wallet_credentials
    content = content_of(path)
    account = _parsed(content) if content else None
    if account is None:
        return None
    return GoogleKeys(account, settings.google_wallet_issuer or account.get("issuer_id"))


def offers(platform: str) -> bool:
    """Whether the acting company's customers can get passes now: then, and only then, a button is
    shown. A channel that was stopped offers none, nor do credentials with a fault, nor a server
    that phones cannot ask by https."""
    settings, row = _settings(), row_of(platform)
    if settings.production and not settings.secure:
        return False
    if row is not None and row.stopped_at is not None:
        return False
    if platform == APPLE:
        keys = apple()
        return keys is not None and credentials.apple.usable(
            keys.certificate, keys.key, keys.intermediate, clock.now()
        )
    account = google()
    return account is not None and credentials.google.usable(account.account)


def row_of(platform: str) -> WalletChannel | None:
    """What is kept of the acting company's channel."""
    return db.session.scalar(select(WalletChannel).where(WalletChannel.platform == platform))


def hold(platform: str) -> WalletChannel:
    """The channel's row, locked until the transaction ends; made where there is none."""
    query = select(WalletChannel).where(WalletChannel.platform == platform)
    held = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(held)
    if row is None:
        insert: Any = postgresql.insert if on_postgresql() else sqlite.insert
        made = insert(WalletChannel).values(company_id=tenancy.company_id(), platform=platform)
        db.session.execute(made.on_conflict_do_nothing())  # or another was first
        row = db.session.scalars(held).one()
    return row


def stop(platform: str, fault: str) -> None:
    """Send nothing on this channel until its credentials are mended, and tell the admins once."""
    row = hold(platform)
    if row.stopped_at is None:
        row.stopped_at, row.fault = clock.now(), fault[:LONGEST_FAULT]
        outbox.put("wallet.stopped", platform=platform)


def stopped() -> list[tuple[str, str]]:
    """The acting company's platforms that send nothing now, and why."""
    query = select(WalletChannel).where(WalletChannel.stopped_at.is_not(None))
    rows = db.session.scalars(query.order_by(WalletChannel.platform))
    return [(row.platform, row.fault or "") for row in rows]


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


def opened(row: WalletChannel) -> dict[str, Any] | None:
    """A company's own credentials; None where the key is gone that sealed them."""
    if row.sealed is None:
        return None
    try:
        text = sealed.unseal(_purpose(row.platform), row.company_id, row.sealed)
    except sealed.Unsealable:
        return None
    told: dict[str, Any] = json.loads(text)
    return told


def _purpose(platform: str) -> str:
    return f"wallet-{platform}"


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def content_of(path: Path | None) -> bytes | None:
    """What stands in a file of the installation's; None where it cannot be read any more."""
    try:
        return _content(path, path.stat().st_mtime_ns) if path else None
    except OSError:
        return None


@lru_cache(maxsize=16)
def _content(path: Path, _changed: int) -> bytes:
    """Read again when the file is another one: certificates are replaced while we run."""
    return path.read_bytes()


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        account = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return account if isinstance(account, dict) else None
