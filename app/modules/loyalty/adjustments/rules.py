"""What an adjustment does. Pure."""

from ....errors import Invalid
from ..ledger.checks import must_have_points
from ..ledger.decision import Decision, LockedCard, Setting
from ..ledger.models import MOST_POINTS_A_LINE
from ..rewards.rules import InsufficientPoints

LONGEST_REASON = 200


def checked(points: int, reason: str) -> str:
    """The reason on one line; raises `Invalid` for what no line could hold."""
    errors = {}
    words = " ".join(reason.split())
    if not (1 <= len(words) <= LONGEST_REASON and words.isprintable()):
        errors["reason"] = f"expected 1 to {LONGEST_REASON} characters on one line"
    if not (1 <= abs(points) <= MOST_POINTS_A_LINE):
        most = MOST_POINTS_A_LINE
        errors["points"] = f"got {points}, expected {-most} to {most}, and not 0"
    if errors:
        raise Invalid(errors)
    return words


def adjustment_of(card: LockedCard, points: int, reason: str, where: Setting) -> Decision:
    """Points given or taken by hand. They are no progress towards a tier and no activity.

    Raises `PointsNotEnabled`, and `InsufficientPoints` below zero. A blocked card and a paused
    programme can be set right.
    """
    must_have_points(where.rules)
    if points < 0 and card.points_balance + points < 0:
        raise InsufficientPoints(
            f"There are {card.points_balance} points on the card.",
            needed=-points,
            available=card.points_balance,
            missing=-points - card.points_balance,
        )
    before = card.points_balance
    return Decision(
        type="points_adjusted",
        event="points.adjusted",
        steps=(
            {"code": "adjusted", "points": points, "reason": reason},
            {"code": "points-counted", "before": before, "after": before + points},
        ),
        points=points,
        reason=reason,
    )
