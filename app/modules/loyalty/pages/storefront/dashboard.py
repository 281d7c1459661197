"""`/s/<slug>/me`: what a signed-in customer has, and where it leads."""

from flask import g, render_template

from .....errors import NotFound
from .....guards import guarded
from ... import cards
from ...cards import CLOSED, LoyaltyCard
from ...wallet.face import ahead, shown
from . import history, rotating, story, wallets, words
from .blueprint import pages

LATEST_LINES = 6


@pages.get("/me")
@guarded("customer", "me")
def dashboard() -> str:
    """The card, what is ready and near, what expires, and what happened lately."""
    mine = own_card()
    now, secret = shown(mine), cards.link_secret(mine)
    return render_template(
        "loyalty/storefront/dashboard.html",
        shown=now,
        ahead=ahead(now),
        welcome=words.welcome_waits(now.rules, mine.welcome_due),
        secret=secret,
        number=cards.shown(mine.number),
        rotating=rotating.of_card(mine),
        wallets=wallets.offered(secret),
        lines=story.of_card(mine.id, limit=LATEST_LINES),
    )


@pages.get("/me/history")
@guarded("customer", "me")
def my_history() -> str:
    """Every line, of all kinds or of one."""
    return history.page(own_card(), "my_history", "dashboard")


def own_card() -> LoyaltyCard:
    """The signed-in customer's card; raises `NotFound` where it was closed just now."""
    card = cards.of_customer(g.customer)
    if card is None or card.status == CLOSED:
        raise NotFound("This card is closed.")
    return card
