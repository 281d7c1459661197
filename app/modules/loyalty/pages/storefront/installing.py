"""What makes a card's page an icon on the home screen, and opens it there without a network."""

import json

from flask import current_app, g
from werkzeug.wrappers import Response

from .....guards import guarded
from ... import programs
from ...programs.brand import brand
from . import icons
from .blueprint import at, pages
from .card import open_card, revalidated


@pages.get("/cards/<string:secret>/manifest.webmanifest")
@guarded("storefront", "card")
def manifest(secret: str) -> Response:
    """The card as an app of its own."""
    open_card(secret)
    rules, here = programs.current(), at("card", secret=secret)
    colour = brand(rules.card_color).company
    body = {
        "name": f"{rules.card_name} · {g.company.name}",
        "short_name": g.company.name[:24],
        "id": here,
        "start_url": here,
        "scope": here,
        "display": "standalone",
        "background_color": colour,
        "theme_color": colour,
        "icons": icons.of_manifest(),
    }
    return revalidated(json.dumps(body, separators=(",", ":")), "application/manifest+json")


@pages.get("/card-worker.js")
@guarded("storefront", "look")
def worker() -> Response:
    """The script that keeps a card for when there is no network. Each of the company's cards
    registers it for its own address alone."""
    answer = current_app.send_static_file("js/card-worker.js")
    answer.headers["Service-Worker-Allowed"] = at("card", secret="")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
