"""The live card: `/s/<slug>/cards/<secret>`. Whoever has the address has the card."""

import hashlib
import json

from flask import g, make_response, render_template, request, session, url_for
from werkzeug.wrappers import Response

from .....errors import NotFound
from .....guards import guarded
from ... import cards, programs
from ...cards import CLOSED, LoyaltyCard
from ...cards.qr import svg
from ...enrolment import person_of
from ...programs.brand import brand
from ...wallet.face import ahead, shown
from . import story, words
from .blueprint import at, pages

LINES_ON_THE_CARD = 5  # with what each opens, the page stays below 50 KB


@pages.get("/cards/<string:secret>")
@guarded("storefront", "card")
def card(secret: str) -> str:
    """The card itself; where it was closed, a page that says so."""
    found = cards.by_secret(secret)
    if found.status == CLOSED:
        return closed(found, secret)
    now = shown(found)
    return render_template(
        "loyalty/storefront/card.html",
        shown=now,
        ahead=ahead(now),
        welcome=words.welcome_waits(now.rules, found.welcome_due),
        secret=secret,
        number=cards.shown(found.number),
        lines=story.of_card(found.id, limit=LINES_ON_THE_CARD),
        joined=session.pop("joined", None) == str(found.id),
        sent_to=now.person.email or now.person.phone,
    )


def closed(found: LoyaltyCard, secret: str) -> str:
    """The page of a card that was left or erased: nothing of what was on it."""
    return render_template(
        "loyalty/storefront/closed.html",
        secret=secret,
        erased=person_of(found).erased_at is not None,
        open_again=programs.of_company().active,
    )


def open_card(secret: str) -> LoyaltyCard:
    """The card behind the link, unless it is closed; raises `NotFound`."""
    found = cards.by_secret(secret)
    if found.status == CLOSED:
        raise NotFound("This card is closed.")
    return found


@pages.get("/cards/<string:secret>/state.json")
@guarded("storefront", "card")
def state(secret: str) -> Response:
    """What an open page shows, asked for again and again: 304 while nothing changed."""
    body = json.dumps(shown(open_card(secret)).state(), separators=(",", ":"))
    return _revalidated(body, "application/json")


@pages.get("/cards/<string:secret>/code.svg")
@guarded("storefront", "card")
def code(secret: str) -> Response:
    """The number as a QR code. A replaced card keeps its address and changes its code."""
    return _revalidated(svg(open_card(secret).number), "image/svg+xml")


@pages.get("/cards/<string:secret>/manifest.webmanifest")
@guarded("storefront", "card")
def manifest(secret: str) -> Response:
    """What makes the page an icon on the home screen."""
    open_card(secret)
    rules, here = programs.current(), at("card", secret=secret)
    icons = (("img/app-icon.svg", "any"), ("img/app-icon-maskable.svg", "maskable"))
    body = {
        "name": f"{rules.card_name} · {g.company.name}",
        "short_name": g.company.name[:24],
        "id": here,
        "start_url": here,
        "scope": here,
        "display": "standalone",
        "background_color": brand(rules.card_color).company,
        "theme_color": brand(rules.card_color).company,
        "icons": [
            {
                "src": url_for("static", filename=file),
                "sizes": "any",
                "type": "image/svg+xml",
                "purpose": purpose,
            }
            for file, purpose in icons
        ],
    }
    return _revalidated(json.dumps(body), "application/manifest+json")


def _revalidated(body: str, mimetype: str) -> Response:
    """Kept by the phone alone, and asked about each time."""
    response = make_response(body)
    response.mimetype = mimetype
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)
