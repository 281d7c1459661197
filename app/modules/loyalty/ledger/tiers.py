"""The tier is the highest threshold that a card's tier points meet: its lifetime points, less
what yearly reviews laid aside. What moves it says so. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from ..programs.rules import Rules
from .decision import LockedCard, Step

REVIEWED = "tier-reviewed"  # the step of a yearly review


def is_review(steps: Iterable[Step]) -> bool:
    """Whether a line with these steps is a yearly review's: it moves nothing but the tier."""
    return any(step["code"] == REVIEWED for step in steps)


def tier_moved(
    card: LockedCard, lifetime: int, rules: Rules, *, laid_aside: int = 0
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The step and the event of a change of tier by this change of lifetime points, and of what
    of them was laid aside; or nothing."""
    moved = replace(
        card,
        lifetime_points=card.lifetime_points + lifetime,
        laid_aside=card.laid_aside + laid_aside,
    )
    before, after = rules.tier_at(card.tier_points), rules.tier_at(moved.tier_points)
    if not rules.points or before == after:
        return (), ()
    step: Step = {
        "code": "tier-reached" if moved.tier_points > card.tier_points else "tier-lost",
        "from": before.name if before else None,
        "to": after.name if after else None,
        "lifetime_points": moved.tier_points,
        "multiplier_bp": after.multiplier_bp if after else 10_000,
    }
    return (step,), ("tier.changed",)
