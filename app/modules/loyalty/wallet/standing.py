"""How each platform stands: whose credentials, how long they last, what is wrong with them.

Nothing here asks the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from .... import clock
from ....extensions import db
from . import channels, credentials
from .channels import AppleKeys, GoogleKeys
from .credentials import FAULT, OK, WARNING, Finding
from .models import APPLE, GOOGLE, PLATFORMS, WalletChannel

OWN, INSTALLATION, NONE = "own", "installation", "none"
NAMES = {APPLE: "Apple Wallet", GOOGLE: "Google Wallet"}
_FIRST_FIELD = {APPLE: "certificate", GOOGLE: "account"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One platform. `whose` are OWN, INSTALLATION or NONE; `identifier` is the pass type or the
    issuer; `stopped_at` and `fault` are of a channel that sends nothing until it goes on."""

    platform: str
    whose: str
    identifier: str | None = None
    expires_at: datetime | None = None
    findings: Sequence[Finding] = ()
    stopped_at: datetime | None = None
    fault: str | None = None
    changed_at: datetime | None = None

    @property
    def faults(self) -> list[Finding]:
        return [one for one in self.findings if one.state == FAULT]

    @property
    def warnings(self) -> list[Finding]:
        return [one for one in self.findings if one.state == WARNING]

    @property
    def works(self) -> bool:
        """Whether a pass made now would be sent."""
        return self.whose != NONE and not self.faults and self.stopped_at is None

    @property
    def days_left(self) -> int | None:
        if self.expires_at is None:
            return None
        return credentials.apple.days_left(self.expires_at, clock.now())


def of_company() -> list[Standing]:
    """The acting company's, platform by platform; one statement."""
    rows = {row.platform: row for row in db.session.scalars(select(WalletChannel))}
    return [_of(platform, rows.get(platform)) for platform in PLATFORMS]


def of_installation() -> list[Standing]:
    """What every company without credentials of its own uses. Nobody need act."""
    return [installed(platform) for platform in PLATFORMS]


def _of(platform: str, row: WalletChannel | None) -> Standing:
    if row is None:
        return installed(platform)
    found = _own(row) if row.sealed else installed(platform)
    changed_at = row.changed_at if row.sealed else None
    return replace(found, stopped_at=row.stopped_at, fault=row.fault, changed_at=changed_at)


def _own(row: WalletChannel) -> Standing:
    keys: AppleKeys | GoogleKeys | None
    keys = channels.own_apple(row) if row.platform == APPLE else channels.own_google(row)
    if keys is None:
        told = _(
            "They were sealed with a version of FIELD_KEY that is gone: put it back, or give them"
            " once more."
        )
        unopened = Finding(_FIRST_FIELD[row.platform], FAULT, told)
        return Standing(row.platform, OWN, findings=(unopened,))
    return _looked_at(keys, OWN)


def installed(platform: str) -> Standing:
    """The installation's way to one platform; what its files lack is a finding."""
    settings = current_app.config["SETTINGS"]
    keys: AppleKeys | GoogleKeys | None
    if platform == APPLE:
        path, keys = settings.apple_pass_cert, channels.installed_apple()
        expected = _("The installation’s files cannot be read: expected PEM.")
    else:
        path, keys = settings.google_wallet_credentials, channels.installed_google()
        expected = _("The installation’s file cannot be read: expected JSON.")
    if keys is not None:
        return _looked_at(keys, INSTALLATION)
    if path is None:
        return Standing(platform, NONE)
    return Standing(
        platform, INSTALLATION, findings=(Finding(_FIRST_FIELD[platform], FAULT, expected),)
    )


def _looked_at(keys: AppleKeys | GoogleKeys, whose: str) -> Standing:
    if isinstance(keys, GoogleKeys):
        findings = [*credentials.google.examine(keys.account, keys.issuer), _outside()]
        return Standing(GOOGLE, whose, keys.issuer, findings=findings)
    found, facts = credentials.apple.examine(
        keys.certificate, keys.key, keys.intermediate, clock.now()
    )
    if facts is None:
        return Standing(APPLE, whose, findings=found)
    return Standing(APPLE, whose, facts.pass_type, facts.ends_at, [*found, _outside()])


def _outside() -> Finding:
    """Phones, and Google's servers, come to us by https alone."""
    settings = current_app.config["SETTINGS"]
    if settings.secure:
        return Finding("address", OK, _("PUBLIC_URL is https."))
    told = _(
        "PUBLIC_URL is %(got)s, expected https://…: phones ask for changes there, and Google"
        " fetches pictures there.",
        got=settings.public_url,
    )
    return Finding("address", FAULT if settings.production else WARNING, told)
