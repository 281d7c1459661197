"""What a review does to a card. Pure.

It can only lower a tier, to the highest threshold that the points since the review before reach.
The points of before are laid aside then: the tier counts on from there. A tier that is kept is
kept with all that led to it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from ..ledger.decision import Decision, LockedCard
from ..ledger.tiers import tier_moved
from ..programs.expiry import last_day
from ..programs.rules import Rules


@dataclass(frozen=True, slots=True)
class Period:
    """The twelve months that a review looks at: from `since` on, up to the review's own day."""

    since: date
    on: date


def period_of(month_day: str, today: date) -> Period:
    """That of the last review there should have been. One of 29 February is of the 28th in other
    years, and no day is left out or counted twice."""
    on = last_day(month_day, today)
    return Period(last_day(month_day, on - timedelta(days=1)), on)


def reviewed(card: LockedCard, before: int, rules: Rules, period: Period) -> Decision | None:
    """The line by which the card's tier falls, or None where it stays; `before` is how many
    lifetime points it had when the period began."""
    aside = laid_aside(card, before)
    moved, events = tier_moved(card, 0, rules, laid_aside=aside - card.laid_aside)
    if not moved:
        return None
    step = {
        "code": "tier-reviewed",
        "on": period.on.isoformat(),
        "since": period.since.isoformat(),
        "points": max(0, card.lifetime_points - aside),
        "lifetime_points": card.lifetime_points,
        "laid_aside": aside,
    }
    return Decision(
        type="points_adjusted", event="points.adjusted", steps=(step, *moved), events=events
    )


def laid_aside(card: LockedCard, before: int) -> int:
    """What the tier counts no longer after a fall: all of before the period, and never less than
    an earlier review laid aside."""
    return max(card.laid_aside, before)
