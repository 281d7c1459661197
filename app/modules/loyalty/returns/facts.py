"""What a return reads after the lock: the line, what was taken back of it, and its lots."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from ....errors import NotFound
from ....extensions import db
from ..ledger import LoyaltyTransaction, PointLot, Step
from ..ledger.models import FORGIVEN
from .forgiveness import Past

SALE = "points_earned"
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
    """The lot that a line granted; an empty one where it granted none."""
    lot = db.session.execute(
        select(PointLot.remaining, PointLot.expired).where(
            PointLot.transaction_id == transaction_id
        )
    ).first()
    return OwnLot(*lot) if lot else OwnLot()


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
