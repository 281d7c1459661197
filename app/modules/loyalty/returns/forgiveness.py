"""Debts that are lifted, and how much of it ends when a redemption is cancelled. Pure.

A returned sale whose points were spent leaves a debt; to forgive it is to let the customer keep
what those points paid. Where that comes back after all, the forgiveness ends: the card is then
as if the redemption had never been.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..ledger.decision import Decision, LockedCard, Setting, Step
from ..ledger.models import FORGIVEN, MOST_POINTS_A_LINE


@dataclass(frozen=True, slots=True)
class Past:
    """A line that spent points, gave them back (`cancels` the line that spent them), lifted a
    debt, or (below zero) ended such a lifting."""

    line_id: int
    points: int
    forgiven: bool
    cancels: int | None = None


def lifted(card: LockedCard, where: Setting) -> tuple[Decision, ...]:
    """The debt lifted, as a line of its own, where the rules in force forgive; as several where
    it is more than a line holds."""
    if where.rules.void_policy != "forgive" or card.points_balance >= 0:
        return ()
    return _lines({"code": "debt-forgiven"}, card, -card.points_balance)


def ended(card: LockedCard, cancelled: int, past: Iterable[Past]) -> tuple[Decision, ...]:
    """What is no longer forgiven once the line `cancelled` is: a line that takes it."""
    owed = no_longer_needed(cancelled, list(past))
    return _lines({"code": "forgiveness-ended"}, card, -owed)


def no_longer_needed(cancelled: int, past: list[Past]) -> int:
    """Points forgiven so far that would not have been, had the card never spent what it got back
    by now, the line `cancelled` included.

    `spare` is what the card would have had beyond what it had, line after line: each debt that
    was forgiven would have been smaller by it.
    """
    never = {line.cancels for line in past if line.cancels} | {cancelled}
    spare = needless = 0
    for line in past:
        if line.forgiven:
            less = min(line.points, spare) if line.points > 0 else line.points
            spare, needless = spare - less, needless + less
        elif line.cancels or line.line_id in never:
            spare -= line.points
    return needless


def _lines(step: Step, card: LockedCard, points: int) -> tuple[Decision, ...]:
    """The points in as few lines as hold them; none where there are none."""
    if not points:
        return ()
    part = max(-MOST_POINTS_A_LINE, min(points, MOST_POINTS_A_LINE))
    line = _line(step, card, part)
    return (line, *_lines(step, line.applied_to(card), points - part))


def _line(step: Step, card: LockedCard, points: int) -> Decision:
    before = card.points_balance
    counted: Step = {"code": "points-counted", "before": before, "after": before + points}
    return Decision(
        type=FORGIVEN,
        event="points.adjusted",
        steps=(step | {"points": abs(points)}, counted),
        points=points,
    )
