"""The rules of redeeming: pure functions of values."""

from dataclasses import dataclass
from datetime import date

from ....accounts.actors import Actor
from ....errors import Refusal
from ..ledger.approval import Approver, SecondPersonNeeded
from ..ledger.checks import (
    must_be_usable,
    must_have_points,
    must_have_stamps,
    must_still_redeem,
)
from ..ledger.decision import Decision, LockedCard, Setting, Step
from ..programs.rules import Rules


class InsufficientStamps(Refusal):
    code = "insufficient-stamps"
    title = "Not enough stamps yet"
    remedy = "Let the card collect the missing stamps."


class InsufficientPoints(Refusal):
    code = "insufficient-points"
    title = "Not enough points yet"
    remedy = "Let the card collect the missing points."


class BelowMinimum(Refusal):
    code = "below-minimum-redemption"
    title = "Below the least that can be redeemed"
    remedy = "Choose a reward that costs minimum_redemption_points or more."


class RewardNotAvailable(Refusal):
    """`reason` is one of withdrawn, not-yet, ended, not-here, sold-out, had-enough."""

    code = "reward-not-available"
    title = "This reward cannot be had now"
    remedy = "Choose a reward that GET /cards/{number}/rewards lists as redeemable."


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward of the catalogue as the rules read it. `here` says whether this shop gives it."""

    id: int
    name: str
    points: int
    stamps: int
    value_minor: int | None
    valid_from: date | None
    valid_until: date | None
    stock: int | None
    per_card_limit: int | None
    active: bool
    here: bool


def stamps_reward_for(card: LockedCard, where: Setting) -> Decision:
    """Taking the stamp reward: the target comes off, the rest stays (carry-over)."""
    target = where.rules.stamps_target
    must_take_stamps(card, where)
    return Decision(
        type="stamps_redeemed",
        event="stamp.redeemed",
        steps=(
            {
                "code": "reward-taken",
                "reward": where.rules.stamps_reward_name,
                "value_minor": where.rules.stamps_reward_value_minor,
                "target": target,
            },
            _stamps_kept(card, target),
        ),
        stamps=-target,
        active_at=where.now,
    )


def redemption_of(card: LockedCard, offer: Offer, had: int, where: Setting) -> Decision:
    """Taking a reward of the catalogue, of which the card has had `had` so far; raises what
    `must_take` raises."""
    must_take(card, offer, had, where)
    steps: list[Step] = [
        {
            "code": "reward-redeemed",
            "reward": offer.name,
            "points": offer.points,
            "stamps": offer.stamps,
            "value_minor": offer.value_minor,
        }
    ]
    if offer.per_card_limit is not None:
        steps[0] |= {"had": had, "limit": offer.per_card_limit}
    if offer.points:
        before = card.points_balance
        after = before - offer.points
        steps.append({"code": "points-counted", "before": before, "after": after})
    if offer.stamps:
        steps.append(_stamps_kept(card, offer.stamps))
    return Decision(
        type="points_redeemed" if offer.points else "stamps_redeemed",
        event="points.redeemed" if offer.points else "stamp.redeemed",
        steps=tuple(steps),
        points=-offer.points,
        stamps=-offer.stamps,
        active_at=where.now,
        reward_id=offer.id,
    )


def must_take_stamps(card: LockedCard, where: Setting) -> None:
    """Raises the refusal that keeps the stamp reward from the card."""
    must_still_redeem(where)
    must_be_usable(card)
    must_have_stamps(where.rules)
    _must_have(card, stamps=where.rules.stamps_target)


def must_take(card: LockedCard, offer: Offer, had: int, where: Setting) -> None:
    """Raises the refusal that keeps a reward of the catalogue from the card.

    They are in the contract's order: program-inactive, card-blocked, not-enabled, what stands in
    the reward's own way, minimum, balance.
    """
    must_still_redeem(where)
    must_be_usable(card)
    if offer.points:
        must_have_points(where.rules)
    if offer.stamps:
        must_have_stamps(where.rules)
    must_be_available(offer, had, where.day)
    must_reach_minimum(offer, where.rules)
    _must_have(card, stamps=offer.stamps, points=offer.points)


def must_be_agreed(offer: Offer, rules: Rules, by: Actor, approver: Approver | None) -> None:
    """At a counter a dear reward takes two; raises `SecondPersonNeeded`."""
    limit = rules.redemption_alone_points
    if by.staff_id is None or limit is None or offer.points < limit:
        return
    if approver is None or approver.staff_id == by.staff_id:
        raise SecondPersonNeeded(
            f"Giving a reward of {limit} points or more takes a second person's PIN.",
            redemption_alone_points=limit,
        )


def must_be_available(offer: Offer, had: int, day: date) -> None:
    """Raises `RewardNotAvailable` with the reason and its figures."""
    limit = offer.per_card_limit
    if not offer.active:
        raise RewardNotAvailable("This reward was withdrawn.", reason="withdrawn")
    if offer.valid_from and day < offer.valid_from:
        begins = offer.valid_from.isoformat()
        raise RewardNotAvailable(f"It begins on {begins}.", reason="not-yet", valid_from=begins)
    if offer.valid_until and day > offer.valid_until:
        ended = offer.valid_until.isoformat()
        raise RewardNotAvailable(f"It ended on {ended}.", reason="ended", valid_until=ended)
    if not offer.here:
        raise RewardNotAvailable("This shop does not give it.", reason="not-here")
    if offer.stock == 0:
        raise RewardNotAvailable("None are left.", reason="sold-out", stock=0)
    if limit is not None and had >= limit:
        raise RewardNotAvailable(
            f"One card can have {limit}, and this one had {had}.",
            reason="had-enough",
            per_card_limit=limit,
            had=had,
        )


def must_reach_minimum(offer: Offer, rules: Rules) -> None:
    """Raises `BelowMinimum` for a price in points that is less than anybody may redeem."""
    if 0 < offer.points < rules.minimum_redemption_points:
        raise BelowMinimum(
            f"It costs {offer.points} points, and the least that can be redeemed is"
            f" {rules.minimum_redemption_points}.",
            price=offer.points,
            minimum_redemption_points=rules.minimum_redemption_points,
        )


def _must_have(card: LockedCard, *, stamps: int = 0, points: int = 0) -> None:
    # What costs none of one kind can be had in debt of that kind.
    if points and points > card.points_balance:
        missing = points - card.points_balance
        raise InsufficientPoints(
            f"{missing} more {'point' if missing == 1 else 'points'} to go.",
            needed=points,
            available=card.points_balance,
            missing=missing,
        )
    if stamps and stamps > card.stamps_balance:
        missing = stamps - card.stamps_balance
        raise InsufficientStamps(
            f"{missing} more {'stamp' if missing == 1 else 'stamps'} to go.",
            needed=stamps,
            available=card.stamps_balance,
            missing=missing,
        )


def _stamps_kept(card: LockedCard, taken: int) -> Step:
    before = card.stamps_balance
    return {"code": "stamps-kept", "before": before, "after": before - taken}
