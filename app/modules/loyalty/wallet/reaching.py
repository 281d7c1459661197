"""Asks each platform whether it takes the acting company's credentials; changes nothing there."""

from flask import current_app
from flask_babel import gettext as _

from config import Settings

from .... import clock, tenancy
from ....extensions import db
from . import channels
from .apple import apns
from .credentials import FAULT, OK, WARNING
from .google import issuers, objects
from .google.answers import Answer, Kind
from .google.client import Client
from .models import APPLE

_NOBODYS = "0" * 64  # a push token that no phone has
_PUSH_SECONDS = 60


def ask(platform: str) -> tuple[str, str]:
    """`(OK, WARNING or FAULT, a sentence)`. No transaction may be open."""
    settings: Settings = current_app.config["SETTINGS"]
    return _apple(settings) if platform == APPLE else _google(settings)


def _apple(settings: Settings) -> tuple[str, str]:
    """A push to nobody: Apple looks at the certificate first, and then knows no such token."""
    keys = channels.apple()
    db.session.rollback()
    if keys is None:
        return FAULT, _("The credentials cannot be opened.")
    try:
        topic = apns.topic_of(keys.certificate)
        expires = int(clock.now().timestamp()) + _PUSH_SECONDS
        answer = apns.connected(keys, topic, settings).push(_NOBODYS, expires)
    except ValueError as fault:
        return FAULT, str(fault)
    where = settings.apns_url
    if answer.status in (200, 410) or (answer.status, answer.reason) == (400, "BadDeviceToken"):
        return OK, _("%(where)s takes the certificate.", where=where)
    if answer.status == 0 and answer.reason != "the certificate is refused":
        told = _("%(where)s cannot be reached: %(why)s. Is the way out open?")
        return FAULT, told % {"where": where, "why": answer.reason}
    if answer.status == 429 or answer.status >= 500:
        told = _("%(where)s answers %(status)s: ask again later.")
        return WARNING, told % {"where": where, "status": answer.status}
    told = _("%(where)s turns the certificate away: %(status)s %(why)s.")
    return FAULT, told % {"where": where, "status": answer.status, "why": answer.reason}


def _google(settings: Settings) -> tuple[str, str]:
    """A token, the issuer, and the class that all of the company's passes share."""
    keys = channels.google()
    db.session.rollback()
    if keys is None:
        return FAULT, _("The credentials cannot be opened.")
    client = Client.of(keys, settings)
    issuer = issuers.of(client)
    if isinstance(issuer, Answer):
        return _refused(issuer)
    suffix = objects.class_suffix(tenancy.company_id())
    answer = client.get(f"/loyaltyClass/{objects.named(issuer, suffix)}")
    if answer.done:
        status = str(answer.body.get("reviewStatus", "?"))[:20]
        told = _("Issuer %(issuer)s grants a token, and knows the class (%(status)s).")
        return OK, told % {"issuer": issuer, "status": status}
    if answer.kind is Kind.GONE:
        told = _("Issuer %(issuer)s grants a token; the class is made with the first pass.")
        return OK, told % {"issuer": issuer}
    return _refused(answer)


def _refused(answer: Answer) -> tuple[str, str]:
    if answer.kind is Kind.LATER and not answer.fault[:1].isdigit():  # no status: no answer
        return FAULT, _("Google cannot be reached: %(why)s.", why=answer.fault)
    if answer.kind is Kind.LATER:
        return WARNING, _("Google answers %(why)s: ask again later.", why=answer.fault)
    return FAULT, _("Google turns the account away: %(why)s.", why=answer.fault)
