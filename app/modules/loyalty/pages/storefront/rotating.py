"""What a page needs to draw its card's code anew by itself."""

import base64
from dataclasses import dataclass

from ..... import clock
from ...cards import LoyaltyCard
from ...wallet import codes


@dataclass(frozen=True, slots=True)
class Rotating:
    """What `rotating-code.js` counts with; `now` is our moment in milliseconds."""

    name: str
    key: str
    now: int


def of_card(card: LoyaltyCard) -> Rotating:
    """A page says it of the card that it shows, and of no other."""
    key = codes.totp_key(card.id, card.link_version)
    now = int(clock.now().timestamp() * 1_000)
    return Rotating(codes.name_of(card.id), base64.b64encode(key).decode(), now)
