"""The class that all of a company's objects share: one PATCH changes how each of them looks."""

import hashlib
import json

from flask import current_app, g

from config import Settings

from ..... import clock, letters, tenancy
from .....extensions import db
from ... import branding
from .. import channels, marking
from ..channels import GoogleKeys
from ..face import Face, empty, spoken
from ..models import GOOGLE
from . import issuers, objects
from .answers import Answer, Kind
from .client import Client

CALLBACK = "/wallet/google/callback"


class Unmade(Exception):
    """The class is not as it should be: why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.fault)
        self.answer = answer


def ensure(keys: GoogleKeys) -> str:
    """Have the acting company's class look as the company does now; the issuer's number.

    Asks nobody where Google has this design already. No transaction may be open; raises `Unmade`.
    """
    client = Client.of(keys, _settings())
    issuer = issuers.of(client)
    if isinstance(issuer, Answer):
        raise Unmade(issuer)
    body, known, sent = _design(issuer)
    if sent == _hash(body) and known == issuer:
        return issuer
    answer = _send(client, body, there=sent is not None and known == issuer)
    if not answer.done:
        raise Unmade(answer)
    _keep(issuer, _hash(body))
    return issuer


def loyalty_class() -> objects.Json:
    """The acting company's class without its issuer, as it is to look now."""
    with spoken(g.company):
        blank = empty()
        return objects.loyalty_class(blank, tenancy.company_id(), _addresses(blank))


def _design(issuer: str) -> tuple[objects.Json, str | None, bytes | None]:
    """`(the class, the issuer and the design's hash that Google was told of last)`."""
    body = loyalty_class()
    body["id"] = objects.named(issuer, body["id"])
    row = channels.row_of(GOOGLE)
    told = (row.identifier, row.design_hash) if row else (None, None)
    db.session.rollback()
    return body, *told


def _send(client: Client, body: objects.Json, *, there: bool) -> Answer:
    """PATCH what is there, insert what is not; each may turn out to be the other."""
    address = f"/loyaltyClass/{body['id']}"
    if there:
        answer = client.patch(address, body)
        if answer.kind is not Kind.GONE:
            return answer
    answer = client.post("/loyaltyClass", objects.without_nulls(body))
    return client.patch(address, body) if answer.kind is Kind.CONFLICT else answer


def _keep(issuer: str, design: bytes) -> None:
    """An installation whose file is another issuer's has none of its objects there: all are sent
    anew. Who gives a company credentials of its own sees to that itself."""
    row = channels.hold(GOOGLE)
    if row.identifier not in (None, issuer):
        marking.of_company(again=GOOGLE)
    row.identifier, row.design_hash, row.design_sent_at = issuer, design, clock.now()
    db.session.commit()


def _addresses(face: Face) -> objects.Addresses:
    """Content-hashed and public; the logo is drawn from the initial where none was uploaded."""
    look = branding.pictures.look(face.brand, face.company)
    slug = g.company.slug
    hero = look.path(slug, branding.pictures.GOOGLE_HERO)
    return objects.Addresses(
        logo=letters.address(look.path(slug, branding.pictures.GOOGLE_LOGO) or ""),
        hero=letters.address(hero) if hero else None,
        callback=letters.address(CALLBACK),
    )


def _hash(body: objects.Json) -> bytes:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
