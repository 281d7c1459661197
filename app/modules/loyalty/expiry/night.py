"""What a night goes by, and which cards it has to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from .... import clock
from ....accounts import companies
from ....extensions import db
from .. import programs
from ..cards import LoyaltyCard
from ..ledger import PointLot
from ..programs import ProgramRevision, Rules
from ..programs.expiry import INACTIVITY

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Night:
    """What a run goes by: the company's day, the rules in force, and the first day on which
    inactivity counts."""

    today: date
    now: datetime
    rules: Rules
    zone: str
    counts_from: date

    @property
    def horizon(self) -> timedelta:
        """How far ahead a lot or a silence can want a notice."""
        return timedelta(days=max(self.rules.expiry_notice_days, default=0))


def tonight() -> Night:
    company, rules = companies.acting(), programs.current()
    now = clock.now()
    today = clock.business_day(now, company.timezone)
    return Night(today, now, rules, company.timezone, counts_from(rules, company.timezone))


def counts_from(rules: Rules, zone: str) -> date:
    """The first day on which inactivity counts: that of the policy's publication."""
    return clock.business_day(_published_at(rules), zone)


def _published_at(rules: Rules) -> datetime:
    """When this expiry was published: by the first of the latest revisions that agree on it."""
    rows = db.session.execute(
        select(ProgramRevision.expiry, ProgramRevision.published_at).order_by(
            ProgramRevision.number.desc()
        )
    )
    since = clock.now()
    for expiry, published_at in rows:
        if expiry != rules.expiry:
            break
        since = published_at
    return since


def batches(night: Night) -> Iterator[Sequence[int]]:
    """Ids of cards that may have something due within the horizon, in order, batch by batch."""
    last = 0
    while found := db.session.scalars(_candidates(night, last)).all():
        db.session.rollback()
        yield found
        last = found[-1]


def _candidates(night: Night, after: int) -> Any:
    edge = night.today + night.horizon
    if night.rules.expiry["policy"] == INACTIVITY:
        idle_before = edge - timedelta(days=night.rules.expiry["days"] - 1)
        # A day's beginning, seen from the zone that is furthest behind.
        moment = datetime.combine(idle_before, datetime.min.time(), clock.zone(night.zone))
        active = LoyaltyCard.last_activity_at
        return (
            select(LoyaltyCard.id)
            .where(
                LoyaltyCard.id > after,
                LoyaltyCard.points_balance > 0,
                or_(active < moment, active.is_(None)),
            )
            .order_by(LoyaltyCard.id)
            .limit(BATCH)
        )
    return (
        select(PointLot.card_id)
        .where(PointLot.card_id > after, PointLot.remaining > 0, PointLot.expires_on <= edge)
        .distinct()
        .order_by(PointLot.card_id)
        .limit(BATCH)
    )
