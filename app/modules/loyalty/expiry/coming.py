"""What of a card's points expires when, as the customer is told it."""

from datetime import date

from sqlalchemy import select

from .... import clock
from ....accounts import companies
from ....extensions import db
from .. import programs
from ..cards import LoyaltyCard
from ..ledger import PointLot
from ..programs.expiry import NEVER
from .rules import Lot, due_on, shown_on
from .service import counts_from

MOST_DAYS = 24


def expiring(card: LoyaltyCard) -> list[tuple[date, int]]:
    """`(day, points)`, the soonest first, at most `MOST_DAYS`; two or three statements."""
    rules = programs.current()
    if rules.expiry["policy"] == NEVER or card.points_balance <= 0:
        return []
    zone = companies.acting().timezone
    last = clock.business_day(card.last_activity_at or card.created_at, zone)
    idle_since = max(last, counts_from(rules, zone))
    columns = [getattr(PointLot, name) for name in Lot.__slots__]
    query = select(*columns).where(PointLot.card_id == card.id, PointLot.remaining > 0)
    days: dict[date, int] = {}
    for row in db.session.execute(query):
        lot = Lot(*row)
        due = due_on(lot, rules.expiry, idle_since)
        if due:
            day = shown_on(lot, due, told=bool(rules.expiry_notice_days))
            days[day] = days.get(day, 0) + lot.remaining
    return sorted(days.items())[:MOST_DAYS]


def points_on(card: LoyaltyCard, day: date) -> int:
    """Points of the card that expire on this very day."""
    return dict(expiring(card)).get(day, 0)
