"""The tier is the highest threshold that lifetime points meet; what moves it says so. Pure."""

from ..programs.rules import Rules
from .decision import LockedCard, Step


def tier_moved(
    card: LockedCard, lifetime: int, rules: Rules
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The step and the event of a change of tier by this change of lifetime points, or nothing."""
    before = rules.tier_at(card.lifetime_points)
    after = rules.tier_at(card.lifetime_points + lifetime)
    if not rules.points or before == after:
        return (), ()
    step: Step = {
        "code": "tier-reached" if lifetime > 0 else "tier-lost",
        "from": before.name if before else None,
        "to": after.name if after else None,
        "lifetime_points": card.lifetime_points + lifetime,
        "multiplier_bp": after.multiplier_bp if after else 10_000,
    }
    return (step,), ("tier.changed",)
