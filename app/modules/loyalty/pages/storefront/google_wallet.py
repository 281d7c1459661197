"""Taking a card to Google's wallet. Google is not asked here: the pass is wanted, the engine tells
Google of it, and the page waits for that and then shows the way."""

from datetime import timedelta

from flask import current_app, redirect, render_template
from werkzeug.wrappers import Response

from config import Settings

from ..... import clock, database, tenancy
from .....errors import NotFound
from .....extensions import db
from .....guards import guarded
from ...cards import LoyaltyCard
from ...wallet import GOOGLE, WalletPass, channels, passes
from ...wallet.google import events, savelink, tokens
from .blueprint import at, pages
from .card import open_card

PATIENCE = timedelta(seconds=30)


@pages.post("/cards/<string:secret>/google-wallet")
@guarded("storefront", "card")
def take_to_google(secret: str) -> Response:
    """From now on there is such a pass; one that was thrown away is sent anew."""
    card = open_card(secret)
    if not channels.offers(GOOGLE):
        raise NotFound("This card is not to be had there.")
    database.once_more(lambda: _want(card))
    db.session.commit()
    return redirect(at("google_wallet", secret=secret), 303)


@pages.get("/cards/<string:secret>/google-wallet")
@guarded("storefront", "card")
def google_wallet(secret: str) -> Response | str:
    """Looks by itself until the way is there; after half a minute, or where nothing comes of it
    before, it says what it knows."""
    card = open_card(secret)
    row = passes.of_serial(passes.serial_of(card), GOOGLE)
    if row is None:
        return redirect(at("card", secret=secret), 303)
    link = _link(row)
    until = (row.queued_at or row.created_at) + PATIENCE
    hopeless = row.fault is not None and (row.due_at is None or row.due_at > until)
    return render_template(
        "loyalty/storefront/google_wallet.html",
        secret=secret,
        link=link,
        waiting=link is None and not hopeless and clock.now() <= until and channels.offers(GOOGLE),
    )


def _want(card: LoyaltyCard) -> None:
    row = passes.take(passes.serial_of(card), GOOGLE)
    passes.hold(row)
    if row.removed_at is not None:
        events.take_again(row)
    db.session.flush()


def _link(row: WalletPass) -> str | None:
    """The way to Google, once Google has the card; None until then."""
    keys, channel = channels.google(), channels.row_of(GOOGLE)
    if keys is None or channel is None or channel.stopped_at or not channel.identifier:
        return None
    if row.sent_tag is None or row.removed_at is not None:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    try:
        return savelink.link(
            keys,
            issuer=channel.identifier,
            suffix=str(passes.serial_of_pass(row)),
            company_id=tenancy.company_id(),
            origin=settings.public_url,
        )
    except tokens.Unreadable:
        return None
