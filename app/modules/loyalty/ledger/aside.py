"""What of a card's lifetime points its tier no longer counts: set by a review, and carried where
cards are merged. The line that does it says so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ....database import sets
from ..cards.models import LoyaltyCard
from .decision import LockedCard

_card: Any = LoyaltyCard.__table__


def lay_aside(cards: Sequence[tuple[LockedCard, int]]) -> list[LockedCard]:
    """Set the figure of each card, which this transaction holds; the cards as they are then."""
    rows = [
        {"company_id": card.company_id, "id": card.id, "laid_aside": points}
        for card, points in cards
    ]
    if sets.change_rows(_card, ("company_id", "id"), rows) != len(rows):
        raise RuntimeError("a card is gone that was locked here")
    return [replace(card, laid_aside=points) for card, points in cards]
