"""One card's books: lines, lots drawn oldest first, and what a return takes back."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


class No(Exception):
    """An expected refusal; `figures` are those that the contract promises."""

    def __init__(self, code: str, **figures: Any) -> None:
        super().__init__(code)
        self.code, self.figures = code, figures


SHOWN = ("type", "sequence", "points", "stamps", "points_balance", "stamps_balance")
SHOWN += ("revision", "vendor")


@dataclass
class Lot:
    """Points granted together on a day: `left` can be spent."""

    day: date
    granted: int
    left: int


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
    vendor: str | None
    business_day: date
    amount: int | None = None
    lot: Lot | None = None
    draws: list[tuple[Lot, int]] = field(default_factory=list)
    returned: int = 0  # minor units of the sale
    points_returned: int = 0
    stamps_returned: int = 0
    voided: bool = False
    cancels: bool = False
    purchase: int | None = None
    again: bool = False  # the card had reached this purchase's number before
    birthday: bool = False

    def told(self) -> dict[str, Any]:
        """What answers and histories show of it."""
        told = {name: getattr(self, name) for name in SHOWN}
        return told | {"business_day": self.business_day.isoformat()}


@dataclass
class Card:
    number: str
    born: date | None = None
    status: str = "active"
    points: int = 0
    stamps: int = 0
    lifetime: int = 0
    purchases: int = 0
    furthest: int = 0
    birthday_year: int | None = None
    welcome_due: str | None = None
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
        """Points are given: they repay the debt first, and the rest can be spent."""
        repaid = min(self.debt, points)
        line = self.write(type, points, stamps, **known)
        if points:
            line.lot = Lot(line.business_day, points, points - repaid)
            self.lots.append(line.lot)
            self.lots.sort(key=lambda lot: lot.day)  # of one day in the order of the lines
        return line

    def spend(self, type: str, points: int, stamps: int = 0, **known: Any) -> Line:
        """Points are spent, oldest lot first; the balance has them."""
        draws = self.draw(points)
        return self.write(type, -points, -stamps, draws=draws, **known)

    def take_back(self, original: Line, points: int, stamps: int, **known: Any) -> Line:
        """What a line granted goes: from its own lot, then the oldest, then into debt."""
        draws = self.draw(points, first=original.lot)
        return self.write("voided", -points, -stamps, draws=draws, **known)

    def give_back(self, original: Line, **known: Any) -> Line:
        """What a line spent comes back: it repays debt, then fills the lots it came from, the
        newest first."""
        fill = max(0, -original.points - self.debt)
        line = self.write("voided", -original.points, -original.stamps, cancels=True, **known)
        for lot, taken in reversed(original.draws):
            back = min(fill, taken)
            fill -= back
            lot.left += back
        return line

    def forgiven_needlessly(self) -> int:
        """Points forgiven that would not have been, had every spending that was cancelled never
        been: the history is told again without them."""
        balance = needed = forgiven = 0
        for line in self.lines:
            if line.type == "points_forgiven":
                forgiven += line.points
                lifted = max(0, -balance) if line.points > 0 else 0
                needed += lifted
                balance += lifted
            elif not (line.points < 0 and line.voided) and not line.cancels:
                balance += line.points
        return forgiven - needed

    def draw(self, points: int, first: Lot | None = None) -> list[tuple[Lot, int]]:
        """Take points from open lots: `first`, then the oldest; what is not there is not taken."""
        draws = []
        for lot in [first, *self.lots] if first else self.lots:
            taken = min(points, lot.left)
            if taken:
                lot.left -= taken
                points -= taken
                draws.append((lot, taken))
        return draws
