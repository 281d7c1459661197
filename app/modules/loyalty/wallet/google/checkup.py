"""Whether Google takes the credentials, asked of Google: for `flask wallet doctor --online`."""

from flask import current_app
from flask_babel import gettext as _

from config import Settings

from ..... import tenancy
from .....extensions import db
from .. import channels, doctor
from ..credentials import FAULT, OK, WARNING
from ..doctor import Line
from ..models import GOOGLE
from . import issuers, objects
from .answers import Answer, Kind
from .client import Client


@doctor.reaching(GOOGLE)
def asked() -> Line:
    """A token, the issuer, and the class that all cards share."""
    settings: Settings = current_app.config["SETTINGS"]
    keys = channels.google()
    db.session.rollback()
    if keys is None:
        return Line(GOOGLE, FAULT, _("The credentials cannot be read."))
    client = Client.of(keys, settings)
    issuer = issuers.of(client)
    if isinstance(issuer, Answer):
        return _fault(issuer)
    name = objects.named(issuer, objects.class_suffix(tenancy.company_id()))
    return _of_class(client.get(f"/loyaltyClass/{name}"))


def _of_class(answer: Answer) -> Line:
    if answer.kind is Kind.GONE:
        return Line(
            GOOGLE, OK, _("Google takes the account; the class is made with the first card.")
        )
    if not answer.done:
        return _fault(answer)
    review = str(answer.body.get("reviewStatus", "?"))
    if review.lower() == "rejected":
        told = _("Google rejected the class: see its review in the Google Pay & Wallet Console.")
        return Line(GOOGLE, FAULT, told)
    return Line(GOOGLE, OK, _("Google has the class; its review says %(review)s.", review=review))


def _fault(answer: Answer) -> Line:
    if answer.kind is Kind.LATER:
        told = _("Google does not answer now: %(fault)s. Try again.", fault=answer.fault)
        return Line(GOOGLE, WARNING, told)
    told = _(
        "Google refuses: %(fault)s. Is the account invited in the Google Pay & Wallet Console, and"
        " is the Wallet API on for its project?",
        fault=answer.fault,
    )
    return Line(GOOGLE, FAULT, told)
