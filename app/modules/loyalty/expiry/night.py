"""What a night goes by, and which cards it has to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from .... import clock
from ....accounts import companies
from ....database import read_only
from ....extensions import db
from .. import programs
from ..cards import LoyaltyCard
from ..ledger import PointLot
from ..programs import Rules
from ..programs.expiry import INACTIVITY
from .promises import Promises

BATCH = 200  # cards that are locked together: nobody at a counter waits long
_AT_A_TIME = 100_000  # ids that are looked up together: a night of a million looks ten times


@dataclass(frozen=True, slots=True)
class Night:
    """What a run goes by: the company's day, the rules in force, all that was promised, and the
    first day on which inactivity counts."""

    today: date
    now: datetime
    rules: Rules
    zone: str
    promises: Promises
    counts_from: date

    @property
    def horizon(self) -> date:
        """The last day of which a lot or a silence can want a notice today."""
        return self.today + timedelta(days=max(self.rules.expiry_notice_days, default=0))


def tonight() -> Night:
    """As it is now; leaves no transaction open."""
    with read_only():
        zone, rules, promises = companies.acting().timezone, programs.current(), Promises.read()
        db.session.rollback()
    now = clock.now()
    today = clock.business_day(now, zone)
    return Night(today, now, rules, zone, promises, promises.counts_from(zone))


def batches(night: Night) -> Iterator[Sequence[int]]:
    """Ids of cards that may have something due within the horizon, in order, batch by batch.
    No transaction is open while a batch is worked on."""
    last = 0
    while found := _found(night, last):
        for start in range(0, len(found), BATCH):
            yield found[start : start + BATCH]
        last = found[-1]


def _found(night: Night, after: int) -> Sequence[int]:
    query = _dated(night, after)
    if night.rules.expiry["policy"] == INACTIVITY:
        silent_on = night.horizon - timedelta(days=night.rules.expiry["days"])
        if night.counts_from > silent_on:
            return ()  # the policy is younger than any silence that counts
        query = _silent(night, after, silent_on)
    with read_only():
        found = db.session.scalars(query).all()
        db.session.rollback()
    return found


def _silent(night: Night, after: int, since: date) -> Any:
    """Cards with points whose last activity was on that day or before, or that never had one."""
    next_day = datetime.combine(since + timedelta(days=1), datetime.min.time())
    active = LoyaltyCard.last_activity_at
    return (
        select(LoyaltyCard.id)
        .where(
            LoyaltyCard.id > after,
            LoyaltyCard.points_balance > 0,
            or_(active < next_day.replace(tzinfo=clock.zone(night.zone)), active.is_(None)),
        )
        .order_by(LoyaltyCard.id)
        .limit(_AT_A_TIME)
    )


def _dated(night: Night, after: int) -> Any:
    return (
        select(PointLot.card_id)
        .where(
            PointLot.card_id > after,
            PointLot.remaining > 0,
            PointLot.expires_on <= night.horizon,
        )
        .distinct()
        .order_by(PointLot.card_id)
        .limit(_AT_A_TIME)
    )
