"""One card's lines in their order: what of a line has to follow from those before it.

The arithmetic of returns stands here a second time on purpose: what `returns` decided is held
against it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..models import MOST_POINTS_A_LINE
from .ladder import Ladder
from .pace import Pace, over_the_sale

_COUNTS = ("points_earned", "welcome_bonus")  # towards lifetime points
_SALE = "points_earned"
_VOIDABLE = (_SALE, "stamps_added", "stamps_redeemed", "points_redeemed", "points_adjusted")
_REVERSE = ("voided", "points_reinstated")
_EXPIRY = ("points_expired", "points_reinstated")
_CARRIES = ("merged-in", "merged-out")

Found = tuple[str, str]
Line = Mapping[str, Any]  # its steps as they are kept, as text


class Given:
    """A line that can be taken back, and what was taken of it so far."""

    __slots__ = (
        "counted",
        "expired",
        "lifetime",
        "minor",
        "minor_back",
        "parts",
        "points",
        "points_back",
        "revision",
        "reward",
        "stamps",
        "stamps_back",
        "type",
    )

    def __init__(self, line: Line) -> None:
        self.type, self.revision, self.reward = line["type"], line["revision_id"], line["reward_id"]
        self.points, self.stamps = line["points"], line["stamps"]
        self.minor: int = line["amount_minor"] or 0
        self.counted = self.type == _SALE and _figure(line, "sale", "number") is not None
        self.parts = self.minor_back = self.points_back = self.stamps_back = 0
        self.lifetime = self.expired = 0

    def back(self, line: Line) -> tuple[str | None, int]:
        """Take a `voided` line of this one: what is wrong with it, and the lifetime points that
        had to go."""
        self.parts += 1
        self.minor_back += line["amount_minor"] or 0
        self.points_back -= line["points"]
        self.stamps_back -= line["stamps"]
        self.expired += _figure(line, "points-taken-back", "expired") or 0
        points, stamps = _share(self.points, self), _share(self.stamps, self)
        progress = points if self.type == _SALE else 0
        progress, self.lifetime = progress - self.lifetime, progress
        return self._fault(line, points, stamps), progress

    def _fault(self, line: Line, points: int, stamps: int) -> str | None:
        expired = self.expired
        faults = {
            "it is not the next part": line["reversal_part"] != self.parts
            or (self.parts > 1 and not line["amount_minor"]),
            "more was given back than was paid": self.minor_back > self.minor,
            f"{self.points_back} points are back, their share is {points}": (
                self.points_back != points - expired or not 0 <= expired <= max(0, points)
            ),
            f"{self.stamps_back} stamps are back, their share is {stamps}": (
                self.stamps_back != stamps
            ),
            # Undoing a stamp once named the revision then in force; those lines stay as they are.
            "it names another revision": self.type != "stamps_added"
            and line["revision_id"] != self.revision,
            "it names another reward": line["reward_id"] != self.reward,
        }
        return next((sentence for sentence, broken in faults.items() if broken), None)

    @property
    def whole(self) -> bool:
        """Whether all of it is back."""
        return self.minor_back == self.minor


class History:
    """A card as its lines so far have left it."""

    __slots__ = ("card_id", "expired", "forgiven", "given", "had", "ladder", "lifetime", "pace",
                 "points", "purchases", "sequence", "stamps")  # fmt: skip

    def __init__(self, card_id: int) -> None:
        self.card_id = card_id
        self.sequence = self.points = self.stamps = self.lifetime = 0
        self.purchases = self.forgiven = 0
        self.given: dict[int, Given] = {}
        self.expired: dict[int, int] = {}  # by line: points that were not reinstated
        self.had: dict[int, int] = {}  # by reward: how many were taken and not cancelled
        self.ladder, self.pace = Ladder(), Pace()

    def add(self, line: Line) -> Iterator[Found]:
        """The next line, and what does not follow."""
        if line["sequence"] != self.sequence + 1:
            yield "sequence", f"it should be line {self.sequence + 1}"
        if line["points_after"] != self.points + line["points"]:
            yield "running", f"{self.points} and {line['points']} points do not make it"
        if line["stamps_after"] != self.stamps + line["stamps"]:
            yield "running", f"{self.stamps} and {line['stamps']} stamps do not make it"
        progress = 0
        if line["type"] in _VOIDABLE:
            yield from self._give(line)
            progress = line["points"] if line["type"] == _SALE else 0
        elif line["type"] == "voided":
            fault, progress = self._take_back(line)
            if fault:
                yield "reversals", fault
        elif line["type"] in _EXPIRY:
            yield from self._expire(line)
        elif line["type"] == "points_forgiven":
            yield from self._forgive(line)
        elif line["type"] == "imported":
            yield from self._carry(line)
            progress = _carried(line).get("lifetime", 0)
        else:
            progress = line["points"] if line["type"] in _COUNTS else 0
        if line["reverses_id"] and line["type"] not in _REVERSE:
            yield "reversals", "it reverses a line and is no return"
        moved = line["lifetime_after"] - self.lifetime
        if line["lifetime_after"] < 0 or moved != progress:
            yield "lifetime", f"{self.lifetime} lifetime points became {line['lifetime_after']}"
        yield from self._by_the_rules(line)
        self.sequence, self.lifetime = line["sequence"], line["lifetime_after"]
        self.points, self.stamps = line["points_after"], line["stamps_after"]

    def _by_the_rules(self, line: Line) -> Iterator[Found]:
        """What the revision that the line names allowed, and the tier that it makes."""
        if line["type"] == _SALE:
            yield from over_the_sale(line)
        if line["stamps"]:
            yield from self.pace.add(line)
        kept = line["steps"]  # text, which hardly ever has to be read for this
        telling = '"tier-' in kept or '"merged-' in kept
        yield from self.ladder.add(line, _steps(line) if telling else ())

    def _give(self, line: Line) -> Iterator[Found]:
        given = self.given[line["id"]] = Given(line)
        self.purchases += given.counted
        for kind in ("points", "stamps") if given.reward else ():
            if _figure(line, "reward-redeemed", kind) != -line[kind]:
                yield "rewards", f"its {kind} are not the price that it names"
        if given.reward:
            yield from self._limited(given.reward, line)

    def _limited(self, reward: int, line: Line) -> Iterator[Found]:
        """The card had as many as it says, or more where it took another card over, and fewer
        than it could have."""
        had, limit = (_figure(line, "reward-redeemed", name) for name in ("had", "limit"))
        if limit is not None and not self.had.get(reward, 0) <= had < limit:
            yield "rewards", f"it is more than {limit} of this reward"
        self.had[reward] = self.had.get(reward, 0) + 1

    def _take_back(self, line: Line) -> tuple[str | None, int]:
        original = self.given.get(line["reverses_id"])
        if original is None:
            return "it reverses nothing that its card could give back", 0
        fault, progress = original.back(line)
        if original.reward:
            self.had[original.reward] -= 1
        self.purchases -= original.counted and original.whole
        return fault, -progress

    def _expire(self, line: Line) -> Iterator[Found]:
        """What goes was there; it comes back whole, and once."""
        if line["type"] == "points_reinstated":
            if self.expired.pop(line["reverses_id"], None) != line["points"]:
                yield "reversals", "it does not give back whole, and once, what expired"
            return
        self.expired[line["id"]] = -line["points"]
        if line["points"] >= 0 or line["points_after"] < 0:
            yield "expiry", "it lets points expire that the card does not have"

    def _carry(self, line: Line) -> Iterator[Found]:
        """What goes to another card of the same person, or comes from it, and says so."""
        carried = _carried(line)
        self.purchases += carried.get("purchases", 0)
        for kind in ("points", "stamps"):
            if carried.get(kind) != line[kind]:
                yield "merging", f"its {kind} are not what it says that it carried"

    def _forgive(self, line: Line) -> Iterator[Found]:
        self.forgiven += line["points"]
        full = line["points"] == MOST_POINTS_A_LINE and line["points_after"] < 0
        if line["points"] > 0 and line["points_after"] != 0 and not full:  # the next line goes on
            yield "forgiveness", "it does not lift the balance to zero"
        if self.forgiven < 0 or not line["points"]:
            yield "forgiveness", "it takes back more than was forgiven"


def _share(whole: int, of: Given) -> int:
    """What all parts so far had to take: rounded down, and all of it with the last part."""
    return whole if of.whole else whole * of.minor_back // of.minor


def _carried(line: Line) -> dict[str, Any]:
    return next((step for step in _steps(line) if step["code"] in _CARRIES), {})


def _figure(line: Line, code: str, name: str) -> Any:
    return next((step.get(name) for step in _steps(line) if step["code"] == code), None)


def _steps(line: Line) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(line["steps"])
    return steps
