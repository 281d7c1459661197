"""The nightly job of one company: promises raised, notices given, points expired.

Cards go in batches, each its own transaction: killed anywhere and run again, or run by several
at once, it comes to the same, because a batch reads its cards and lots after locking them. A
batch that fails is tried card by card, so that one card's fault is reported and stops no other.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from .... import clock, outbox, tenancy
from ....accounts import companies
from ....accounts.actors import SYSTEM
from ....database import sets
from ....errors import Refusal
from ....extensions import db
from .. import programs
from ..cards import LoyaltyCard
from ..ledger import Decision, LockedCard, PointDraw, PointLot, Setting
from ..ledger.batches import lock_many, post_many
from ..programs import ProgramRevision, Rules
from ..programs.expiry import INACTIVITY, NEVER
from ..programs.rules import ProgramState
from .promises import raise_promises
from .rules import Judgement, Lot, judge

log = logging.getLogger(__name__)

BATCH = 1_000
_lot: Any = PointLot.__table__


@dataclass(slots=True)
class Outcome:
    """What a run did, or would do: cards and points that expired, cards that were told, and the
    cards (by id) whose own fault kept them out."""

    cards: int = 0
    points: int = 0
    told: int = 0
    failed: list[int] = field(default_factory=list)


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


def expire(
    *, dry_run: bool = False, advance: Callable[[int], None] = lambda cards: None
) -> Outcome:
    """Run the acting company's night; commits batch by batch. A dry run writes nothing and
    answers what a run would do now."""
    outcome = Outcome()
    night = _night()
    if night.rules.expiry["policy"] != NEVER:
        if not dry_run:
            raise_promises()
            db.session.commit()
        for card_ids in _batches(night):
            _run(card_ids, night, outcome, dry_run)
            advance(len(card_ids))
    return outcome


def _night() -> Night:
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


def _batches(night: Night) -> Iterator[Sequence[int]]:
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


def _run(card_ids: Sequence[int], night: Night, outcome: Outcome, dry_run: bool) -> None:
    """One batch; what fails together is tried one by one."""
    try:
        _count(_batch(card_ids, night, dry_run), outcome)
        return
    except Refusal:
        raise
    except Exception:
        db.session.rollback()
        if len(card_ids) == 1:
            log.exception("card %s could not be judged", card_ids[0])
            outcome.failed.append(card_ids[0])
            return
    for card_id in card_ids:
        _run([card_id], night, outcome, dry_run)


def _count(judged: list[Judgement], outcome: Outcome) -> None:
    outcome.cards += sum(bool(one.points) for one in judged)
    outcome.points += sum(one.points for one in judged)
    outcome.told += sum(bool(one.announce) for one in judged)


def _batch(card_ids: Sequence[int], night: Night, dry_run: bool) -> list[Judgement]:
    cards = lock_many(card_ids)
    lots = _open_lots(card_ids)
    joined = _joined_on(card_ids, night)
    judged = [
        (
            card,
            judge(
                lots.get(card.id, []),
                policy=night.rules.expiry,
                notice_days=night.rules.expiry_notice_days,
                today=night.today,
                idle_since=_idle_since(card, joined[card.id], night),
            ),
        )
        for card in cards
    ]
    if dry_run:
        db.session.rollback()
    else:
        _write(judged, night)
        db.session.commit()
    return [judgement for _, judgement in judged]


def _idle_since(card: LockedCard, joined: date, night: Night) -> date:
    last = joined
    if card.last_activity_at:
        last = clock.business_day(card.last_activity_at, night.zone)
    return max(last, night.counts_from)


def _joined_on(card_ids: Sequence[int], night: Night) -> dict[int, date]:
    query = select(LoyaltyCard.id, LoyaltyCard.created_at).where(LoyaltyCard.id.in_(card_ids))
    return {
        card_id: clock.business_day(made, night.zone) for card_id, made in db.session.execute(query)
    }


def _open_lots(card_ids: Sequence[int]) -> dict[int, list[Lot]]:
    columns = [getattr(PointLot, name) for name in Lot.__slots__]
    query = (
        select(PointLot.card_id, *columns)
        .where(PointLot.card_id.in_(card_ids), PointLot.remaining > 0)
        .order_by(PointLot.granted_on, PointLot.id)
    )
    lots: dict[int, list[Lot]] = {}
    for card_id, *lot in db.session.execute(query):
        lots.setdefault(card_id, []).append(Lot(*lot))
    return lots


def _write(judged: list[tuple[LockedCard, Judgement]], night: Night) -> None:
    where = Setting(
        rules=night.rules,
        state=ProgramState(active=True),
        vendor=None,
        now=night.now,
        day=night.today,
    )
    going = [(card, one) for card, one in judged if one.points]
    lines = post_many(
        [(card, _expired(card, one, night)) for card, one in going], where=where, by=SYSTEM
    )
    company = tenancy.company_id()
    sets.add_rows(
        PointDraw.__table__,
        [
            {
                "company_id": company,
                "transaction_id": line,
                "lot_id": lot.id,
                "points": lot.remaining,
            }
            for line, (_, one) in zip(lines, going, strict=True)
            for lot in one.expired
        ],
    )
    _empty([lot for _, one in going for lot in one.expired])
    sets.change_rows(
        _lot,
        ("company_id", "id"),
        [
            {
                "company_id": company,
                "id": lot.id,
                "noticed": lot.noticed,
                "noticed_for": lot.noticed_for,
            }
            for _, one in judged
            for lot in one.noticed
        ],
    )
    for card, one in judged:
        for day, _ in one.announce:
            outbox.put("points.expiring", card=str(card.id), on=day.isoformat())


def _empty(lots: list[Lot]) -> None:
    """Nothing remains of them; what went so is kept with the lot, for a return of its sale."""
    company = tenancy.company_id()
    gone = [
        {
            "company_id": company,
            "id": lot.id,
            "remaining": 0,
            "expired": lot.expired + lot.remaining,
        }
        for lot in lots
    ]
    sets.change_rows(_lot, ("company_id", "id"), gone)


def _expired(card: LockedCard, one: Judgement, night: Night) -> Decision:
    before = card.points_balance
    return Decision(
        type="points_expired",
        event="points.expired",
        steps=(
            {
                "code": "expired",
                "points": one.points,
                "policy": night.rules.expiry["policy"],
                "lots": len(one.expired),
            },
            {"code": "points-counted", "before": before, "after": before - one.points},
        ),
        points=-one.points,
    )
