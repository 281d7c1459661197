"""What of a card's points expires when, as the customer is told it: what the job will do."""

from collections.abc import Sequence
from datetime import date

from .... import clock
from ....accounts import companies
from .. import programs
from ..cards import LoyaltyCard
from ..programs.expiry import NEVER
from .promises import Promises, open_lots
from .rules import due_on, shown_on

MOST_DAYS = 24
Days = list[tuple[date, int]]  # the soonest first


def expiring(card: LoyaltyCard) -> Days:
    """`(day, points)` of a card, at most `MOST_DAYS` of them."""
    return of_cards([card])[card.id]


def of_cards(cards: Sequence[LoyaltyCard]) -> dict[int, Days]:
    """`{card's id: days}`; no statement where points never expire, else two."""
    return {card_id: sorted(found.items())[:MOST_DAYS] for card_id, found in _days(cards).items()}


def expiring_until(card: LoyaltyCard, last: date) -> Days:
    """All of it up to that day, however many days that are."""
    return sorted((day, points) for day, points in _days([card])[card.id].items() if day <= last)


def _days(cards: Sequence[LoyaltyCard]) -> dict[int, dict[date, int]]:
    rules, zone = programs.current(), companies.acting().timezone
    days: dict[int, dict[date, int]] = {card.id: {} for card in cards}
    if rules.expiry["policy"] == NEVER or not cards:
        return days
    promises = Promises.read()
    today, counts = clock.business_day(clock.now(), zone), promises.counts_from(zone)
    lots = open_lots(list(days), promises)
    for card in cards:
        active = clock.business_day(card.last_activity_at or card.created_at, zone)
        for lot in lots.get(card.id, ()):
            if due := due_on(lot, rules.expiry, max(active, counts)):
                day = shown_on(lot, due, rules.expiry_notice_days, today)
                days[card.id][day] = days[card.id].get(day, 0) + lot.remaining
    return days
