"""What a new company starts with."""

from ....money import unit_minor
from .rules import POINTS, Rules, Tier

DEFAULT_LADDER = (
    Tier("Bronze", 0, 10_000),
    Tier("Silver", 5_000, 12_500),
    Tier("Gold", 15_000, 15_000),
    Tier("Platinum", 50_000, 20_000),
)


def default_rules(currency: str) -> Rules:
    """One point for each currency unit; everything else as `Rules` says."""
    return Rules(loyalty_type=POINTS, unit_minor=unit_minor(currency), tiers=DEFAULT_LADDER)
