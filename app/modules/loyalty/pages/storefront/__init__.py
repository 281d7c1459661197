"""The storefront's pages."""

from . import (
    apple_pass,
    card,
    confirm,
    dashboard,
    enrol,
    export,
    goodbye,
    google_wallet,
    history,
    installing,
    look,
    media,
    sent,
    sign_in,
    stop,
    terms,
)
from .blueprint import pages

__all__ = [
    "apple_pass",
    "card",
    "confirm",
    "dashboard",
    "enrol",
    "export",
    "goodbye",
    "google_wallet",
    "history",
    "installing",
    "look",
    "media",
    "pages",
    "sent",
    "sign_in",
    "stop",
    "terms",
]
