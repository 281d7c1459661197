"""The nightly job of one company: notices given, points expired.

Cards go in batches, each its own transaction: killed anywhere and run again, or run by several
at once, it comes to the same, because a batch reads its cards and lots after locking them. A
batch that fails is tried card by card, so that one card's fault is reported and stops no other.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from .... import clock, tenancy
from ....accounts.actors import SYSTEM
from ....database import read_only, sets
from ....extensions import db
from ..cards import LoyaltyCard
from ..ledger import Decision, LockedCard, PointDraw, PointLot, Setting
from ..ledger.alone import one_by_one
from ..ledger.batches import lock_many, look_at_many, post_many, tell_many
from ..programs.expiry import NEVER
from ..programs.rules import ProgramState
from .night import Night, batches, tonight
from .promises import open_lots
from .rules import Judgement, Lot, judge

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
    """Run the acting company's night; commits batch by batch, and needs no open transaction. A
    dry run reads only, locks nothing, and answers what a run would do now."""
    db.session.rollback()
    outcome, night = Outcome(), tonight()

    def work(card_ids: Sequence[int]) -> None:
        _count(_batch(card_ids, night, dry_run), outcome)

    if night.rules.expiry["policy"] != NEVER:
        with read_only() if dry_run else nullcontext():
            for card_ids in batches(night):
                outcome.failed += one_by_one(card_ids, work)
                advance(len(card_ids))
    return outcome


def _count(judged: list[Judgement], outcome: Outcome) -> None:
    outcome.cards += sum(bool(one.points) for one in judged)
    outcome.points += sum(one.points for one in judged)
    outcome.told += sum(bool(one.announce) for one in judged)


def _batch(card_ids: Sequence[int], night: Night, dry_run: bool) -> list[Judgement]:
    cards = look_at_many(card_ids) if dry_run else lock_many(card_ids)
    lots = open_lots(card_ids, night.promises)
    idle = _idle_since(cards, night)
    judged = [(card, _judged(lots.get(card.id, []), idle[card.id], night)) for card in cards]
    if dry_run:
        db.session.rollback()
    else:
        _write(judged, night)
        _keep([lot for of_card in lots.values() for lot in of_card if lot.moved])
        db.session.commit()
    return [judgement for _, judgement in judged]


def _judged(lots: list[Lot], idle_since: date, night: Night) -> Judgement:
    rules = night.rules
    return judge(
        lots,
        policy=rules.expiry,
        notice_days=rules.expiry_notice_days,
        today=night.today,
        idle_since=idle_since,
    )


def _idle_since(cards: Sequence[LockedCard], night: Night) -> dict[int, date]:
    """`{card's id: the day from which its silence counts}`; one that never did anything has done
    so since it was made."""
    made = select(LoyaltyCard.id, LoyaltyCard.created_at).where(
        sets.among(LoyaltyCard.id, [card.id for card in cards if not card.last_activity_at])
    )
    since = {card.id: card.last_activity_at for card in cards if card.last_activity_at}
    if len(since) < len(cards):
        since |= dict(db.session.execute(made).tuples())
    return {
        card_id: max(clock.business_day(moment, night.zone), night.counts_from)
        for card_id, moment in since.items()
    }


def _write(judged: list[tuple[LockedCard, Judgement]], night: Night) -> None:
    state = ProgramState(active=True)
    where = Setting(rules=night.rules, state=state, vendor=None, now=night.now, day=night.today)
    going = [(card, one) for card, one in judged if one.points]
    lines = post_many(
        [(card, _expired(card, one, night)) for card, one in going], where=where, by=SYSTEM
    )
    company = tenancy.company_id()
    draws = [
        {"company_id": company, "transaction_id": line, "lot_id": lot.id, "points": lot.remaining}
        for line, (_, one) in zip(lines, going, strict=True)
        for lot in one.expired
    ]
    sets.add_rows(PointDraw.__table__, draws)
    # Nothing remains; what went so is kept with the lot, for a return of its sale.
    _change(
        {"id": lot.id, "remaining": 0, "expired": lot.expired + lot.remaining}
        for _, one in going
        for lot in one.expired
    )
    _change(
        {name: getattr(lot, name) for name in ("id", "noticed", "noticed_for", "noticed_on")}
        for _, one in judged
        for lot in one.noticed
    )
    # A letter a card: all that goes up to the last of these days.
    told = [
        {"card": str(card.id), "on": one.announce[-1][0].isoformat()}
        for card, one in judged
        if one.announce
    ]
    tell_many("points.expiring", told, where=where)


def _keep(lots: list[Lot]) -> None:
    """The days that a later policy promised them, so that no night looks at them before."""
    _change({"id": lot.id, "expires_on": lot.expires_on} for lot in lots)


def _change(rows: Iterable[dict[str, Any]]) -> None:
    company = {"company_id": tenancy.company_id()}
    sets.change_rows(_lot, ("company_id", "id"), [company | row for row in rows])


def _expired(card: LockedCard, one: Judgement, night: Night) -> Decision:
    before, points = card.points_balance, one.points
    return Decision(
        type="points_expired",
        event="points.expired",
        steps=(
            {
                "code": "expired",
                "points": points,
                "policy": night.rules.expiry["policy"],
                "lots": len(one.expired),
            },
            {"code": "points-counted", "before": before, "after": before - points},
        ),
        points=-points,
    )
