"""The welcome bonus: at enrolment, on a verified contact, or on the first paid visit. Pure."""

from ..ledger.decision import Decision, LockedCard, Memory, Setting
from ..ledger.tiers import tier_moved

ENROLMENT, VERIFIED, FIRST_VISIT = "enrolment", "verified", "first_visit"


def welcome_due(where: Setting) -> str | None:
    """What a new card's welcome waits for under the rules in force; None where it waits for
    nothing, or there is none."""
    rules = where.rules
    when = rules.welcome_bonus_when
    given = rules.points and rules.welcome_bonus_points
    return when if given and when != ENROLMENT else None


def welcome_for(card: LockedCard, where: Setting) -> Decision | None:
    """The welcome bonus now, or None where there is none to give."""
    points = where.rules.welcome_bonus_points
    if not where.rules.points or not points:
        return None
    steps, events = tier_moved(card, points, where.rules)
    return Decision(
        type="welcome_bonus",
        event="points.earned",
        steps=({"code": "welcome-bonus", "points": points}, *steps),
        points=points,
        lifetime=points,
        memory=Memory(card.purchases, card.purchases_peak, card.birthday_year, None),
        active_at=where.now,
        events=events,
    )


def welcomed(card: LockedCard, line: Decision, where: Setting, moment: str) -> tuple[Decision, ...]:
    """The welcome that follows a line, where the card's welcome waits for this moment."""
    if card.welcome_due != moment:
        return ()
    after = line.applied_to(card)
    welcome = welcome_for(after, where)
    return (welcome,) if welcome else ()
