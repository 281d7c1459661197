"""One card's books: lines, lots drawn oldest first, and what a return takes back."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


class No(Exception):
    """An expected refusal; `figures` are those that the contract promises."""

    def __init__(self, code: str, **figures: Any) -> None:
        super().__init__(code)
        self.code, self.figures = code, figures


@dataclass
class Lot:
    """Points granted together. `left` can be spent; `forgiven` was spent, returned, forgiven."""

    left: int
    forgiven: int = 0


@dataclass
class Line:
    """One line; its later fields are what a return of it needs to know."""

    type: str
    sequence: int
    points: int
    stamps: int
    revision: int
    points_balance: int
    stamps_balance: int
    day: date
    amount: int | None = None
    lot: Lot | None = None
    draws: list[tuple[Lot, int]] = field(default_factory=list)
    returned: int = 0  # minor units of the sale
    points_returned: int = 0
    stamps_returned: int = 0
    voided: bool = False
    reward: str | None = None


@dataclass
class Card:
    number: str
    born: date | None = None
    status: str = "active"
    points: int = 0
    stamps: int = 0
    lifetime: int = 0
    purchases: int = 0
    welcomed: bool = False
    stamped_at: datetime | None = None
    stamped_on: dict[date, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)

    @property
    def debt(self) -> int:
        return max(0, -self.points)

    def write(self, type: str, points: int, stamps: int, **known: Any) -> Line:
        """A line, and the balances after it. What it moves in the lots is the verb's to say."""
        self.points += points
        self.stamps += stamps
        after = {"points_balance": self.points, "stamps_balance": self.stamps}
        line = Line(type, len(self.lines) + 1, points, stamps, **after, **known)
        self.lines.append(line)
        return line

    def grant(self, type: str, points: int, stamps: int = 0, **known: Any) -> Line:
        """Points are given: they repay the debt first, and the rest is a lot."""
        repaid = min(self.debt, points)
        line = self.write(type, points, stamps, **known)
        if points > repaid:
            line.lot = Lot(points - repaid)
            self.lots.append(line.lot)
        return line

    def spend(self, type: str, points: int, stamps: int = 0, **known: Any) -> Line:
        """Points are spent, oldest lot first; the balance has them."""
        draws = self._draw(points)
        return self.write(type, -points, -stamps, draws=draws, **known)

    def take_back(self, original: Line, points: int, stamps: int, **known: Any) -> Line:
        """What a line granted goes: from its own lot, then the oldest, then into debt."""
        own = self._draw(points, [original.lot] if original.lot else [])
        rest = points - sum(taken for _, taken in own)
        draws = own + self._draw(rest)
        return self.write("voided", -points, -stamps, draws=draws, **known)

    def give_back(self, original: Line, **known: Any) -> Line:
        """What a line spent comes back: it repays debt, then fills the lots it came from; it is
        the oldest of them that pay the debt."""
        repaid = min(self.debt, -original.points)
        line = self.write("voided", -original.points, -original.stamps, **known)
        for lot, taken in original.draws:
            kept = min(repaid, taken)
            repaid -= kept
            lot.left += taken - kept
        return line

    def _draw(self, points: int, lots: list[Lot] | None = None) -> list[tuple[Lot, int]]:
        draws = []
        for lot in self.lots if lots is None else lots:
            taken = min(points, lot.left)
            if taken:
                lot.left -= taken
                points -= taken
                draws.append((lot, taken))
        return draws
