"""Merging. The edge commits.

All that is on one card goes to another by a pair of lines, and the first card is closed; what is
looked up by its person, or opened by its link, is then the other. Undoing it carries back what
came over, less what returns have taken of it since: what was spent meanwhile stays as a debt.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from .... import audit, outbox
from ....accounts.actors import Actor
from ....errors import Invalid, NotFound, Refusal
from ....extensions import db
from ....idempotency import Attempt, once
from .. import cards
from ..accrual import stamps
from ..adjustments.rules import checked
from ..cards import BLOCKED, CLOSED, LoyaltyCard
from ..ledger import Grant, LoyaltyTransaction, PointDraw, PointLot, Posted, carrying, peek
from ..ledger.carrying import Load
from ..ledger.checks import must_be_usable
from ..ledger.decision import LockedCard
from . import rules


class AlreadyMerged(Refusal):
    code = "already-merged"
    title = "Merge the other way round"
    remedy = "Merge into the card that took another in, or take that apart first."


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What merging would leave: the surviving card's points and stamps."""

    source: LockedCard
    target: LockedCard
    points: int
    stamps: int
    lifetime_points: int


def merge(
    source_number: str,
    target_number: str,
    *,
    by: Actor,
    reason: str,
    attempt: Attempt | None = None,
) -> Posted:
    """Carry everything to the target and close the source; the answer is the target's line.

    The source may be blocked, the target not: that card was lost, so its link leads nowhere from
    then on. Raises `NotFound`, `CardBlocked`, `Invalid`, `TooMuch`, and `AlreadyMerged` for a
    source that took another card in.
    """
    words = checked(1, reason)

    def work() -> Posted:
        source, target = _found(source_number, target_number)
        giving, taking = carrying.hold_both(source.id, target.id, by=by)
        _must_be_mergeable(giving[0], taking[0])
        row = _row(source.id)
        load = Load.of(giving[0])
        grants = carrying.days_of(giving[0], taking[1]) if load.points > 0 else ()
        *_, posted = carrying.carry(
            load,
            giving,
            taking,
            because=carrying.MERGED,
            by=by,
            grants=grants,
            reason=words,
            memory=rules.memory_of(giving[0], taking[0]),
            clock=rules.clock_of(giving[0], taking[0]),
            ready=stamps.became_ready(taking[0], load.stamps, taking[1].rules),
        )
        if row.status == BLOCKED:
            cards.end_links(row)
        row.status, row.merged_into_id = CLOSED, target.id
        _done("card.merged", row, target, by)
        return posted

    return once(by.caller, attempt, work)


def foresee(source_number: str, target_number: str, *, by: Actor) -> Foreseen:
    """What `merge` would do now; nothing is locked or written. Raises what it raises."""
    source, target = (peek(card.id, by=by)[0] for card in _found(source_number, target_number))
    _must_be_mergeable(source, target)
    Load.of(source).must_fit()
    return Foreseen(
        source,
        target,
        source.points_balance + target.points_balance,
        source.stamps_balance + target.stamps_balance,
        source.lifetime_points + target.lifetime_points,
    )


def unmerge(
    source_number: str,
    target_number: str,
    *,
    by: Actor,
    reason: str,
    attempt: Attempt | None = None,
) -> Posted:
    """Open a card again with what it brought to the target; the answer is its line.

    Raises `NotFound` for a card that is not merged into this one, or whose person left with it
    or was erased meanwhile.
    """
    words = checked(1, reason)

    def work() -> Posted:
        row = _merged(source_number, target_number)
        taking, giving = carrying.hold_both(row.id, row.merged_into_id or 0, by=by)
        row = _row(row.id)
        if row.merged_into_id != giving[0].id or giving[0].status == CLOSED:
            raise NotFound("This card is not merged.")
        back, last = _brought(row.id, giving[0].id)
        *_, posted = carrying.carry(
            back,
            giving,
            taking,
            because=carrying.UNDONE,
            by=by,
            grants=carrying.fitted(_drawn(last["id"]), back.points, taking[1]),
            draws_first=_line_on(giving[0].id, row.id),
            reason=words,
        )
        row.status, row.merged_into_id = last["status"], None
        _done("card.unmerged", row, _row(giving[0].id), by)
        return posted

    return once(by.caller, attempt, work)


def _found(source_number: str, target_number: str) -> tuple[LoyaltyCard, LoyaltyCard]:
    source, target = cards.find(source_number), cards.find(target_number)
    if source.id == target.id:
        raise Invalid({"card": "expected another card than this one"})
    return source, target


def _must_be_mergeable(source: LockedCard, target: LockedCard) -> None:
    if CLOSED in (source.status, target.status):
        raise NotFound("There is no card with that number.")
    must_be_usable(target)
    if cards.merged_into(source.id):
        raise AlreadyMerged("This card took another in: merge that one's way, or take it apart.")


def _row(card_id: int) -> LoyaltyCard:
    """The card's row as it stands now; its lock is held."""
    query = select(LoyaltyCard).where(LoyaltyCard.id == card_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _merged(number: str, target_number: str) -> LoyaltyCard:
    query = select(LoyaltyCard).where(
        LoyaltyCard.number == cards.typed(number),
        LoyaltyCard.merged_into_id == cards.find(target_number).id,
    )
    row = db.session.scalar(query)
    if row is None:
        raise NotFound("This card is not merged.")
    return row


def _done(act: str, source: LoyaltyCard, target: LoyaltyCard, by: Actor) -> None:
    db.session.flush()
    outbox.put("card.merged", card=str(source.id))
    audit.record(act, subject_id=source.id, by=by.user_id, other=target.id)
    db.session.expire(source)
    db.session.expire(target)


def _pairs(card_id: int, other_id: int) -> list[Any]:
    """The lines by which this card and the other carried, in order."""
    line = LoyaltyTransaction
    return list(
        db.session.execute(
            select(line.id, line.steps)
            .where(
                line.card_id == card_id,
                line.type == "imported",
                line.reference == f"card:{other_id}",
            )
            .order_by(line.sequence)
        )
    )


def _brought(card_id: int, other_id: int) -> tuple[Load, dict[str, Any]]:
    """What the other card holds of this one now, and this card's line of the last merging."""
    total, last = dict.fromkeys(asdict(Load()), 0), {}
    for line in _pairs(card_id, other_id):
        step = line.steps[0]
        for figure in total:
            total[figure] -= step.get(figure, 0)
        if step["because"] == carrying.MERGED:
            last = {"id": line.id, "status": step["status"]}
    return Load(**total), last


def _line_on(card_id: int, other_id: int) -> int:
    """The line by which the last merging brought its lots."""
    merged = [p.id for p in _pairs(card_id, other_id) if p.steps[0]["because"] == carrying.MERGED]
    return int(merged[-1])


def _drawn(line_id: int) -> list[Grant]:
    """What a line drew, by the days of the lots."""
    rows = db.session.execute(
        select(PointDraw.points, PointLot.granted_on, PointLot.expires_on, PointLot.keep_until)
        .join(PointLot, PointLot.id == PointDraw.lot_id)
        .where(PointDraw.transaction_id == line_id)
    )
    return [carrying.grant_of(*row) for row in rows]
