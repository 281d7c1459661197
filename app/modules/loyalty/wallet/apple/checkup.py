"""Whether Apple takes the certificate, asked of its push service: for `flask wallet doctor
--online`."""

from flask import current_app
from flask_babel import gettext as _

from config import Settings

from ..... import clock
from .....extensions import db
from .. import channels, doctor
from ..credentials import FAULT, OK, WARNING
from ..doctor import Line
from ..models import APPLE
from . import apns, signer

_NOBODYS = "0" * 64  # a push token that no phone has
_PUSH_SECONDS = 60


@doctor.reaching(APPLE)
def asked() -> Line:
    """A push to nobody: Apple looks at the certificate first, and then knows no such token."""
    settings: Settings = current_app.config["SETTINGS"]
    keys = channels.apple()
    db.session.rollback()
    if keys is None:
        return Line(APPLE, FAULT, _("The credentials cannot be read."))
    try:
        way = apns.connected(keys, signer.identity(keys).pass_type, settings)
    except ValueError as fault:
        return Line(APPLE, FAULT, str(fault))
    answer = way.push(_NOBODYS, int(clock.now().timestamp()) + _PUSH_SECONDS)
    return Line(APPLE, *_said(answer, settings.apns_url))


def _said(answer: apns.Answer, where: str) -> tuple[str, str]:
    if answer.status in (200, 410) or answer.reason == "BadDeviceToken":
        return OK, _("%(where)s takes the certificate.", where=where)
    if answer.status == 0:
        told = _(
            "%(where)s cannot be reached: %(why)s. Is the way out open?",
            where=where,
            why=answer.reason,
        )
        return FAULT, told
    why = f"{answer.status} {answer.reason}".strip()
    if answer.status == 429 or answer.status >= 500:
        return WARNING, _("%(where)s answers %(why)s: ask again later.", where=where, why=why)
    told = _(
        "%(where)s turns the certificate away: %(why)s. Was it revoked, or is it for another"
        " environment?",
        where=where,
        why=why,
    )
    return FAULT, told
