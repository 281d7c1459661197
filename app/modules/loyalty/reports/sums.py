"""What the figures count, in one place.

* **given**: stamps added, with a sale or without, less those taken back;
* **taken**: rewards redeemed, less those cancelled; **used** are the stamps they took;
* **issued**: points for sales and welcomes; **redeemed**: points that rewards took; **adjusted**:
  points set by hand, signed; **returned**: what voids changed, signed; **lapsed**: points that
  expired, less those reinstated; **forgiven**: debt lifted, signed; **brought**: points imported.
  `issued − redeemed + adjusted + returned − lapsed + forgiven + brought` is what all balances
  together moved;
* **lines**: lines; **sales**: sales that earned or were too small to; **sales_minor**: what was
  paid in them, less what was given back;
* **came by**: cards that collected or redeemed something, each counted once;
* **joined**: cards made, whatever became of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_

from ..ledger import LoyaltyTransaction

VISITS = ("stamps_added", "stamps_redeemed", "points_earned", "points_redeemed")
_line = LoyaltyTransaction


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of one week, one day or one shop."""

    lines: int = 0
    given: int = 0
    used: int = 0
    taken: int = 0
    sales: int = 0
    sales_minor: int = 0
    issued: int = 0
    redeemed: int = 0
    adjusted: int = 0
    returned: int = 0
    lapsed: int = 0
    forgiven: int = 0
    brought: int = 0
    came_by: int = 0
    joined: int = 0

    @property
    def moved(self) -> int:
        """How much all balances together moved."""
        given = self.issued + self.adjusted + self.returned + self.forgiven + self.brought
        return given - self.redeemed - self.lapsed


# Each sum's name, in the order of `Figures`.
SUMMED = (
    "lines",
    "given",
    "used",
    "taken",
    "sales",
    "sales_minor",
    "issued",
    "redeemed",
    "adjusted",
    "returned",
    "lapsed",
    "forgiven",
    "brought",
)


def sums() -> tuple[ColumnElement[Any], ...]:
    """The sums of `SUMMED`. A void of stamps takes from what was given, a void of a redemption
    from what was taken."""
    voided = _line.type == "voided"
    undone = and_(voided, _line.stamps < 0)
    redeemed = _line.type.in_(("stamps_redeemed", "points_redeemed"))
    cancelled = and_(voided, or_(_line.stamps > 0, _line.reward_id.is_not(None)))
    given = or_(_line.type.in_(("stamps_added", "points_earned")), undone)
    used = or_(redeemed, and_(voided, _line.stamps > 0))

    def points(*types: str) -> ColumnElement[Any]:
        return func.sum(case((_line.type.in_(types), _line.points), else_=0))

    sale = and_(_line.type == "points_earned", _line.amount_minor.is_not(None))
    paid = case((sale, _line.amount_minor), (voided, -_line.amount_minor), else_=0)

    return (
        func.count(),
        func.sum(case((given, _line.stamps), else_=0)),
        -func.sum(case((used, _line.stamps), else_=0)),
        func.sum(case((redeemed, 1), (cancelled, -1), else_=0)),
        func.sum(case((sale, 1), else_=0)),
        func.sum(func.coalesce(paid, 0)),
        points("points_earned", "welcome_bonus"),
        -points("points_redeemed"),
        points("points_adjusted"),
        points("voided"),
        -points("points_expired", "points_reinstated"),
        points("points_forgiven"),
        points("imported"),
    )


def named(figures: Iterable[Any]) -> dict[str, int]:
    """What `sums` found, by name; databases answer sums as decimal numbers."""
    return {name: int(figure) for name, figure in zip(SUMMED, figures, strict=True)}
