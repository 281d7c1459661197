"""The link that saves a card to a phone: `https://pay.google.com/gp/v/save/<JWT>`.

The object is there already, so that the link names it and nothing more: no word about the card
is in it, and it stays far below the 1,800 characters that Google takes.
"""

from ..... import clock
from ..channels import GoogleKeys
from . import objects, tokens

SAVE = "https://pay.google.com/gp/v/save/"
LONGEST = 1_800


def link(keys: GoogleKeys, *, issuer: str, suffix: str, company_id: int, origin: str) -> str:
    """The address; `origin` is our own, from which it is followed. Raises `tokens.Unreadable`."""
    skinny = {
        "id": objects.named(issuer, suffix),
        "classId": objects.named(issuer, objects.class_suffix(company_id)),
    }
    claims = {
        "iss": tokens.name(keys),
        "aud": "google",
        "typ": "savetowallet",
        "iat": clock.now(),
        "origins": [origin],
        "payload": {"loyaltyObjects": [skinny]},
    }
    return SAVE + tokens.signed(keys, claims)
