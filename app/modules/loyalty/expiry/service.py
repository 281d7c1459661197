"""The nightly job of one company: promises raised, notices given, points expired.

Cards go in batches, each its own transaction: killed anywhere and run again, or run by several
at once, it comes to the same, because a batch reads its cards and lots after locking them. A
batch that fails is tried card by card, so that one card's fault is reported and stops no other.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from .... import clock, outbox, tenancy
from ....accounts.actors import SYSTEM
from ....database import sets
from ....errors import Refusal
from ....extensions import db
from ..cards import LoyaltyCard
from ..ledger import Decision, LockedCard, PointDraw, PointLot, Setting
from ..ledger.batches import lock_many, post_many
from ..programs.expiry import NEVER
from ..programs.rules import ProgramState
from .night import Night, batches, tonight
from .promises import raise_promises
from .rules import Judgement, Lot, judge

log = logging.getLogger(__name__)

_lot: Any = PointLot.__table__


@dataclass(slots=True)
class Outcome:
    """What a run did, or would do: cards and points that expired, cards that were told, and the
    cards (by id) whose own fault kept them out."""

    cards: int = 0
    points: int = 0
    told: int = 0
    failed: list[int] = field(default_factory=list)


def expire(
    *, dry_run: bool = False, advance: Callable[[int], None] = lambda cards: None
) -> Outcome:
    """Run the acting company's night; commits batch by batch. A dry run writes nothing and
    answers what a run would do now."""
    outcome = Outcome()
    night = tonight()
    if night.rules.expiry["policy"] != NEVER:
        if not dry_run:
            raise_promises()
            db.session.commit()
        for card_ids in batches(night):
            _run(card_ids, night, outcome, dry_run)
            advance(len(card_ids))
    return outcome


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
