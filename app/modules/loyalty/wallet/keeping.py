"""A company's own credentials: given, checked and sealed; taken away. Audited, one transaction."""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from .... import audit, clock, tenancy
from ....errors import Invalid
from ....extensions import db
from . import channels, credentials, marking, standing
from .credentials import findings, uploads
from .models import APPLE, GOOGLE, WalletDevice, WalletPass

MOST_ACCOUNT_BYTES = 10_240


def give_apple(given: uploads.Given, *, another: bool, by: int) -> None:
    """Keep a pass type's certificate and key; raises `Invalid`, by field, and keeps nothing.

    `another` is the admin's word that passes of another pass type may stay as they are.
    """
    known = _intermediates_at_hand()
    db.session.rollback()  # hashing and reading take seconds, for which no till waits
    try:
        told = uploads.trio(given, known=known)
    except uploads.Unusable as fault:
        raise Invalid(fault.errors) from None
    texts = {name: text.encode() for name, text in told.items()}
    found, facts = credentials.apple.examine(**texts, now=clock.now())
    errors = findings.faults(found)
    if facts is None or errors:
        raise Invalid(errors)
    _may_become(APPLE, facts.pass_type, another)
    _keep(APPLE, told, facts.pass_type, expires_at=facts.ends_at, by=by)


def give_google(content: bytes, issuer: str, *, another: bool, by: int) -> None:
    """Keep a service account; raises `Invalid`, by field, and keeps nothing."""
    if len(content) > MOST_ACCOUNT_BYTES:
        told = _("The file has more than %(most)s bytes.", most=MOST_ACCOUNT_BYTES)
        raise Invalid({"account": told})
    db.session.rollback()  # a key takes a while to be looked at, too
    account = credentials.google.read(content)
    if account is None:
        expected = _("The file cannot be read, expected the account’s JSON key.")
        raise Invalid({"account": expected})
    if errors := findings.faults(credentials.google.examine(account, issuer)):
        raise Invalid(errors)
    _may_become(GOOGLE, issuer, another)
    _keep(GOOGLE, {"account": account, "issuer": issuer}, issuer, expires_at=None, by=by)


def take_away(platform: str, *, by: int) -> bool:
    """Forget a company's own; whether there were any."""
    row = channels.hold(platform)
    if row.sealed is None:
        return False
    identifier = row.identifier or ""
    channels.forget(platform, by=by)
    _tell("wallet.credentials-removed", platform, by=by, identifier=identifier)
    return True


def go_on(platform: str, *, by: int, act: str = "wallet.went-on") -> bool:
    """Let a channel that was stopped send again; whether it was."""
    row = channels.hold(platform)
    if row.stopped_at is None:
        return False
    channels.go_on(platform)
    _tell(act, platform, by=by)
    return True


def orphans(platform: str, identifier: str) -> int:
    """How many passes in phones stay as they are where this is the pass type or issuer. Those of
    the installation's own type go on."""
    live = select(func.count()).select_from(WalletPass).where(WalletPass.ended_at.is_(None))
    if platform == GOOGLE:
        present = channels.google()
        if present is None or present.issuer in (None, identifier):
            return 0
        sent = WalletPass.sent_tag.is_not(None)
        return db.session.scalar(live.where(WalletPass.platform == GOOGLE, sent)) or 0
    kept = {identifier, standing.installed(APPLE).identifier or identifier}
    held = select(WalletDevice.pass_id).where(WalletDevice.pass_type.not_in(kept))
    return db.session.scalar(live.where(WalletPass.id.in_(held))) or 0


def _may_become(platform: str, identifier: str, another: bool) -> None:
    number = 0 if another else orphans(platform, identifier)
    if number:
        told = ngettext(
            "One pass is in a phone under another name: it would stay as it is for good.",
            "%(num)s passes are in phones under another name: they would stay as they are for"
            " good.",
            number,
        )
        raise Invalid({"another": told})


def _keep(
    platform: str, told: dict[str, Any], identifier: str, *, expires_at: datetime | None, by: int
) -> None:
    row = channels.keep(platform, told, identifier=identifier, by=by)
    row.expires_at = expires_at
    ends = expires_at.date().isoformat() if expires_at else ""
    _tell("wallet.credentials-set", platform, by=by, identifier=identifier, ends=ends)


def _tell(act: str, platform: str, *, by: int, **figures: str) -> None:
    """Written down; and every pass is looked at anew, since it is another's now."""
    audit.record(act, subject_id=tenancy.company_id(), by=by, platform=platform, **figures)
    marking.of_company(again=platform)


def _intermediates_at_hand() -> list[bytes]:
    """Those of the installation and of what is kept: a renewed certificate is often signed by the
    same one, which then need not be looked for again."""
    path = current_app.config["SETTINGS"].apple_wwdr_cert
    present, installed = channels.apple(), channels.content_of(path)
    return [each for each in (present and present.intermediate, installed) if each]
