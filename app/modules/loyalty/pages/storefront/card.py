"""The live card: `/s/<slug>/cards/<secret>`. Whoever has the address has the card."""

import hashlib
import json

from flask import make_response, render_template, request, session
from werkzeug.wrappers import Response

from .....errors import NotFound
from .....guards import guarded
from ... import cards, programs
from ...cards import CLOSED, LoyaltyCard
from ...cards.qr import svg
from ...enrolment import person_of
from ...wallet import codes
from ...wallet.face import ahead, shown
from . import icons, look, rotating, story, wallets, words
from .blueprint import pages

LINES_ON_THE_CARD = 4  # with what each opens, the page stays below 50 KB


@pages.get("/cards/<string:secret>")
@guarded("storefront", "card")
def card(secret: str) -> str | Response:
    """The card itself, of which the phone may keep a copy; where it was closed, a page that says
    so."""
    found = cards.by_secret(secret)
    if found.status == CLOSED:
        return closed(found, secret)
    now = shown(found)
    page = render_template(
        "loyalty/storefront/card.html",
        shown=now,
        brand_url=look.address(now.rules.card_color),
        ahead=ahead(now),
        welcome=words.welcome_waits(now.rules, found.welcome_due),
        secret=secret,
        number=cards.shown(found.number),
        rotating=rotating.of_card(found),
        wallets=wallets.offered(secret),
        touch_icon=icons.for_touch(),
        lines=story.of_card(found.id, limit=LINES_ON_THE_CARD),
        joined=session.pop("joined", None) == str(found.id),
        sent_to=now.person.email or now.person.phone,
    )
    return make_response(page, {"Offline-Copy": "allowed"})  # asked for by `card-worker.js`


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
    return revalidated(body, "application/json")


@pages.get("/cards/<string:secret>/code.svg")
@guarded("storefront", "card")
def code(secret: str) -> Response:
    """The present code as a picture. Opened by itself, it is loaded anew by and by."""
    answer = revalidated(svg(codes.code_now(open_card(secret)).text), "image/svg+xml")
    answer.headers["Refresh"] = str(codes.STEP_SECONDS)
    return answer


def revalidated(body: str, mimetype: str) -> Response:
    """Kept by the phone alone, and asked about each time."""
    response = make_response(body)
    response.mimetype = mimetype
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)
