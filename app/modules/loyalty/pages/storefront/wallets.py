"""The buttons that put a card into a phone's wallet: only where they work."""

from typing import NamedTuple

from flask import has_request_context, request

from ...wallet import APPLE, GOOGLE, PLATFORMS, channels
from .blueprint import at

_PATHS = {APPLE: "pass.pkpass", GOOGLE: "google-wallet"}


class Button(NamedTuple):
    """One platform, and where its button leads."""

    platform: str
    path: str


def offered(secret: str) -> list[Button]:
    """The platforms that the acting company's customers can have now, the phone's own first."""
    card = at("card", secret=secret)
    found = [each for each in PLATFORMS if channels.offers(each)]
    return [Button(each, f"{card}/{_PATHS[each]}") for each in sorted(found, key=_not_its_own)]


def _not_its_own(platform: str) -> bool:
    """What a browser says of its phone is a hint for the order, and hides nothing."""
    return platform == APPLE and has_request_context() and "Android" in str(request.user_agent)
