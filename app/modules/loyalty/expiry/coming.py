"""What of a card's points expires when, as the customer is told it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from .... import clock
from ....accounts import companies
from ....extensions import db
from .. import programs
from ..cards import LoyaltyCard
from ..ledger import PointLot
from ..programs import Rules
from ..programs.expiry import INACTIVITY, NEVER
from .night import counts_from
from .rules import Lot, due_on, shown_on

MOST_DAYS = 24
Days = list[tuple[date, int]]  # the soonest first


def expiring(card: LoyaltyCard) -> Days:
    """`(day, points)` of a card, at most `MOST_DAYS` of them."""
    return of_cards([card])[card.id]


def of_cards(cards: Sequence[LoyaltyCard]) -> dict[int, Days]:
    """`{card's id: days}`; no statement where points never expire, else two or three."""
    rules = programs.current()
    days: dict[int, dict[date, int]] = {card.id: {} for card in cards}
    if rules.expiry["policy"] != NEVER:
        idle = _idle_since(cards, rules)
        columns = [getattr(PointLot, name) for name in Lot.__slots__]
        query = select(PointLot.card_id, *columns).where(
            PointLot.card_id.in_(days), PointLot.remaining > 0
        )
        for card_id, *row in db.session.execute(query):
            lot = Lot(*row)
            if due := due_on(lot, rules.expiry, idle[card_id]):
                day = shown_on(lot, due, told=bool(rules.expiry_notice_days))
                days[card_id][day] = days[card_id].get(day, 0) + lot.remaining
    return {card_id: sorted(found.items())[:MOST_DAYS] for card_id, found in days.items()}


def points_on(card: LoyaltyCard, day: date) -> int:
    """Points of the card that expire on this very day."""
    return dict(expiring(card)).get(day, 0)


def _idle_since(cards: Sequence[LoyaltyCard], rules: Rules) -> dict[int, date]:
    """Since when each card is idle, as far as the inactivity policy counts."""
    zone = companies.acting().timezone
    counts = counts_from(rules, zone) if rules.expiry["policy"] == INACTIVITY else date.min
    return {
        card.id: max(clock.business_day(card.last_activity_at or card.created_at, zone), counts)
        for card in cards
    }
