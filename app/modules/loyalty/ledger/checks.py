"""What every verb checks first, in the contract's order: programme, card, kind."""

from ....errors import Refusal
from ..cards.models import ACTIVE
from ..programs.rules import Rules
from .decision import LockedCard, Setting


class ProgramInactive(Refusal):
    code = "program-inactive"
    title = "The programme is paused"
    remedy = 'Switch the programme on: PATCH /program {"active": true}.'


class CardBlocked(Refusal):
    code = "card-blocked"
    title = "This card is blocked"
    remedy = "Unblock the card: POST /cards/{number}/unblock."


class StampsNotEnabled(Refusal):
    code = "stamps-not-enabled"
    title = "No stamps here"
    remedy = "Publish loyalty_type stamps or hybrid, or earn points."


class PointsNotEnabled(Refusal):
    code = "points-not-enabled"
    title = "No points here"
    remedy = "Publish loyalty_type points or hybrid, or add stamps."


def must_run(where: Setting) -> None:
    """Raises `ProgramInactive` where the programme is switched off."""
    if not where.state.active:
        raise ProgramInactive("This programme is paused: nothing can be collected now.")


def must_still_redeem(where: Setting) -> None:
    """A stopped programme keeps its promise until the stated day; then `ProgramInactive`."""
    until = where.state.redeemable_until
    if not where.state.active and (until is None or where.day > until):
        raise ProgramInactive(
            "This programme has ended: rewards can no longer be taken.",
            redeemable_until=until.isoformat() if until else None,
        )


def must_be_usable(card: LockedCard) -> None:
    """Raises `CardBlocked`."""
    if card.status != ACTIVE:
        raise CardBlocked("This card is blocked. The chain's office can say why.")


def must_have_stamps(rules: Rules) -> None:
    """Raises `StampsNotEnabled` where the programme is about points alone."""
    if not rules.stamps:
        raise StampsNotEnabled("This programme has no stamps.")


def must_have_points(rules: Rules) -> None:
    """Raises `PointsNotEnabled` where the programme is about stamps alone."""
    if not rules.points:
        raise PointsNotEnabled("This programme has no points.")


def rewards_ready(stamps_balance: int, target: int) -> int:
    """Whole targets on the card, never below 0."""
    return max(0, stamps_balance) // target
