"""What a return reads after the lock: the line, what was taken back of it, and its lots."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import aliased

from ....errors import NotFound
from ....extensions import db
from ..ledger import LoyaltyTransaction, PointDraw, PointLot, Step
from ..ledger.models import FORGIVEN
from ..ledger.tiers import is_review
from .forgiveness import Past

SALE, IMPORTED = "points_earned", "imported"
VOIDABLE = (SALE, "stamps_added", "stamps_redeemed", "points_redeemed", "points_adjusted")


@dataclass(frozen=True, slots=True)
class Original:
    """The line to be taken back, as it was decided, with the sums of what was taken so far.

    `taken_points` and `taken_stamps` have the opposite sign of the line's own.
    """

    id: int
    card_id: int
    sequence: int
    type: str
    points: int
    stamps: int
    amount_minor: int | None
    reward_id: int | None
    vendor_id: int | None
    staff_id: int | None
    revision_id: int
    steps: tuple[Step, ...]
    occurred_at: datetime
    business_day: date
    parts: int
    taken_minor: int
    taken_points: int
    taken_stamps: int

    @property
    def voidable(self) -> bool:
        """Whether its kind can be taken back; a review of tiers looks at what is, and cannot."""
        return self.type in VOIDABLE and not is_review(self.steps)

    @property
    def purchase(self) -> int | None:
        """Which purchase of the card it was; None where it counted as none."""
        return next((s["number"] for s in self.steps if s["code"] == "sale"), None)

    @property
    def again(self) -> bool:
        """Whether the card had reached that number before, so that nothing came with it."""
        return any(step.get("again") for step in self.steps)

    @property
    def birthday(self) -> bool:
        """Whether it was the first sale to earn on a birthday."""
        return self.points > 0 and any(step.get("birthday") for step in self.steps)


@dataclass(frozen=True, slots=True)
class OwnLot:
    """What is left of the points that the line granted."""

    remaining: int = 0
    expired: int = 0


def original(transaction_id: int) -> Original:
    """The acting company's line; raises `NotFound`. Lines never change; what was taken back of
    this one is sure only while its card is locked."""
    line = db.session.execute(
        select(*(getattr(LoyaltyTransaction, name) for name in _OF_THE_LINE)).where(
            LoyaltyTransaction.id == transaction_id
        )
    ).one_or_none()
    if line is None:
        raise NotFound("There is no such line.")
    back = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(LoyaltyTransaction.amount_minor), 0),
            func.coalesce(func.sum(LoyaltyTransaction.points), 0),
            func.coalesce(func.sum(LoyaltyTransaction.stamps), 0),
        ).where(LoyaltyTransaction.reverses_id == transaction_id)
    ).one()
    parts, minor, points, stamps = back
    return Original(
        **(line._asdict() | {"steps": tuple(line.steps)}),
        parts=parts,
        taken_minor=int(minor or 0),
        taken_points=int(points),
        taken_stamps=int(stamps),
    )


_OF_REVERSALS = ("parts", "taken_minor", "taken_points", "taken_stamps")
_OF_THE_LINE = [name for name in Original.__slots__ if name not in _OF_REVERSALS]


def own_lot(transaction_id: int) -> OwnLot:
    """The lot that a line granted; an empty one where it granted none. What of it was carried to
    a card that this one was merged into, and expired there, has expired too."""
    lot = db.session.execute(
        select(PointLot.id, PointLot.granted_on, PointLot.remaining, PointLot.expired).where(
            PointLot.transaction_id == transaction_id
        )
    ).first()
    if lot is None:
        return OwnLot()
    return OwnLot(lot.remaining, lot.expired + _expired_elsewhere(lot.id, lot.granted_on))


def _expired_elsewhere(lot_id: int, granted_on: date) -> int:
    """Carried lots of one day are one lot on the other card, in the order of their ids; what was
    spent of that came from the first of them, then comes what expired."""
    out = db.session.execute(
        select(PointDraw.transaction_id, PointDraw.points)
        .join(LoyaltyTransaction, LoyaltyTransaction.id == PointDraw.transaction_id)
        .where(PointDraw.lot_id == lot_id, LoyaltyTransaction.type == IMPORTED)
        .order_by(PointDraw.transaction_id.desc())
    ).first()
    carried = _carried(out.transaction_id, granted_on) if out else None
    if out is None or carried is None:
        return 0
    before = db.session.scalar(
        select(func.coalesce(func.sum(PointDraw.points), 0))
        .join(PointLot, PointLot.id == PointDraw.lot_id)
        .where(
            PointDraw.transaction_id == out.transaction_id,
            PointLot.granted_on == granted_on,
            PointLot.id < lot_id,
        )
    )
    begins = int(before or 0)
    spent = carried.granted - carried.remaining - carried.expired
    ends = min(begins + out.points, spent + carried.expired)
    return max(0, int(ends - max(begins, spent)))


def _carried(out_id: int, granted_on: date) -> Any:
    """The other card's lot of that day, by the line that is the pair of `out_id`."""
    out, into = aliased(LoyaltyTransaction), aliased(LoyaltyTransaction)
    there = func.concat("card:", cast(out.card_id, String))
    pair = (
        select(func.min(into.id))
        .join(out, func.concat("card:", cast(into.card_id, String)) == out.reference)
        .where(out.id == out_id, into.type == IMPORTED, into.reference == there, into.id > out_id)
    )
    columns = (PointLot.granted, PointLot.remaining, PointLot.expired)
    return db.session.execute(
        select(*columns).where(
            PointLot.transaction_id == pair.scalar_subquery(), PointLot.granted_on == granted_on
        )
    ).first()


def forgiven_since(line: Original) -> list[Past]:
    """What the card spent, got back and was forgiven, in order; empty where nothing was forgiven
    since the line: then there is nothing to take back."""
    row, later = LoyaltyTransaction, aliased(LoyaltyTransaction)
    since = select(later.id).where(
        later.card_id == line.card_id, later.sequence > line.sequence, later.type == FORGIVEN
    )
    spent = row.type.in_(("points_redeemed", "points_adjusted")) & (row.points < 0)
    got_back = (row.type == "voided") & (row.points > 0)
    lines = db.session.execute(
        select(row.id, row.points, row.type == FORGIVEN, row.reverses_id)
        .where(row.card_id == line.card_id, spent | got_back | (row.type == FORGIVEN))
        .where(since.exists())
        .order_by(row.sequence)
    )
    return [Past(*each) for each in lines]
