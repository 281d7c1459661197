"""`/s/<slug>/me/points` and `/s/<slug>/me/transactions`: a signed-in customer's own card, in the
API's shapes. No key opens these, and no session the API."""

import json
from typing import Any

from flask import Blueprint, g
from werkzeug.wrappers import Response

from .... import surfaces
from ....api import fields, reading
from ....errors import Unauthenticated
from ....guards import answers_data, guarded
from .. import cards, expiry, programs
from ..cards import CLOSED, LoyaltyCard
from .cards import shown
from .transactions import CardLines, page_of

me = Blueprint("me", __name__, url_prefix="/me")


@me.get("/points")
@answers_data
@guarded("customer", "me")
def points() -> Response:
    """The card, as `GET /cards/{number}` answers it."""
    card = _own()
    return _json(shown(card, programs.current(), expiry.expiring(card)))


@me.get("/transactions")
@answers_data
@guarded("customer", "me")
def transactions() -> Response:
    """The card's lines, as `GET /cards/{number}/transactions` answers and pages them."""
    asked = fields.check(CardLines, reading.query())
    return _json(page_of(_own().id, asked))


def _own() -> LoyaltyCard:
    """The signed-in customer's card."""
    card = cards.of_customer(g.customer)
    if card is None or card.status == CLOSED:
        raise Unauthenticated("This card is closed.")
    return card


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


surfaces.storefront.register_blueprint(me)
