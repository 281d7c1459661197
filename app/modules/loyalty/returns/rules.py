"""Taking back: mirrors the stored decision of the original, in part or whole. Pure.

Of a part of a sale the points are floor(points × taken back so far ÷ amount) in total, so that
the last part takes the rest; stamps likewise. They come from the sale's own lot, then from the
oldest lots, then they are a debt; what expired of the sale's own lot is not taken again.
"""

from dataclasses import replace

from ....errors import Invalid, Refusal
from ..accrual import stamps
from ..ledger.decision import Decision, LockedCard, Memory, Setting, Step
from ..ledger.tiers import tier_moved
from ..programs.rules import Rules
from .facts import SALE, Original, OwnLot
from .forgiveness import Past, ended, lifted


class AlreadyVoided(Refusal):
    code = "already-voided"
    title = "Taken back already"
    remedy = "Nothing is left to void; the card's transactions show the void."


class VoidExceedsOriginal(Refusal):
    code = "void-exceeds-original"
    title = "More than there was"
    remedy = "Void available_minor or less, or leave amount_minor out for all that is left."


class NotVoidable(Refusal):
    code = "not-voidable"
    title = "This line stays"
    remedy = "Set the points right with POST /points/adjust."


def part_of(line: Original, amount_minor: int | None) -> int:
    """The minor units that are taken back now: what was asked, or all that is left.

    Raises `NotVoidable`, `AlreadyVoided`, `VoidExceedsOriginal`, and `Invalid` for a part of
    what has no parts.
    """
    if not line.voidable:
        raise NotVoidable("Sales, stamps, redemptions and adjustments can be taken back.")
    total = line.amount_minor or 0
    left = total - line.taken_minor
    if amount_minor is not None and line.type != SALE:
        raise Invalid({"amount_minor": f"got {amount_minor}, expected none: only a sale has parts"})
    if amount_minor is not None and amount_minor < min(1, total):
        raise Invalid({"amount_minor": f"got {amount_minor}, expected 1 to {left}"})
    if line.parts and left == 0:
        raise AlreadyVoided("This was taken back already.", sequence=line.sequence)
    if amount_minor is None:
        return left
    if amount_minor > left:
        raise VoidExceedsOriginal(
            f"{left} of {total} are left to take back.",
            available_minor=left,
            requested_minor=amount_minor,
            original_minor=total,
        )
    return amount_minor


def return_of_sale(
    card: LockedCard, line: Original, lot: OwnLot, where: Setting, amount_minor: int
) -> tuple[Decision, ...]:
    """Taking back `amount_minor` of a sale: its line, and that of the debt forgiven."""
    total, before = line.amount_minor or 0, line.taken_minor
    after = before + amount_minor
    whole = after == total
    share = _share(line.points, after, total) - (_share(line.points, before, total))
    given = _share(line.stamps, after, total) - _share(line.stamps, before, total)
    uncredited = lot.expired - (_share(line.points, before, total) + line.taken_points)
    own = min(share, lot.remaining)
    expired = min(share - own, max(0, uncredited))
    taken = share - expired
    moved, events = tier_moved(card, -share, where.rules)
    steps: list[Step] = [
        {
            "code": "sale-returned",
            "sequence": line.sequence,
            "amount_minor": amount_minor,
            "of_minor": total,
            "before_minor": before,
            "whole": whole,
        },
        _points_taken(card, share, line.points, expired),
        points_counted(card, -taken),
        *moved,
    ]
    clock = None
    if given:
        place, clock = stamps.place_given_back(card, line.business_day, given)
        steps += [_stamps_taken(line, given), stamps.counted(card, -given, where.rules), *place]
    decision = Decision(
        type="voided",
        event="transaction.voided",
        steps=tuple(steps),
        points=-taken,
        stamps=-given,
        lifetime=-share,
        stamp_clock=clock,
        memory=_forgotten(card, line) if whole else None,
        amount_minor=amount_minor,
        reverses_id=line.id,
        reversal_part=line.parts + 1,
        draws_first=line.id,
        events=events,
    )
    return (decision, *lifted(decision.applied_to(card), where))


def return_of_stamps(card: LockedCard, line: Original, where: Setting) -> Decision:
    """Taking back stamps; the day's place is free again, the cooldown stays."""
    place, clock = stamps.place_given_back(card, line.business_day, line.stamps)
    return Decision(
        type="voided",
        event="transaction.voided",
        steps=(
            _stamps_taken(line, line.stamps),
            stamps.counted(card, -line.stamps, where.rules),
            *place,
        ),
        stamps=-line.stamps,
        stamp_clock=clock,
        reverses_id=line.id,
        reversal_part=1,
    )


def return_of_points(
    card: LockedCard, line: Original, lot: OwnLot, past: list[Past], where: Setting
) -> tuple[Decision, ...]:
    """Cancelling a redemption or an adjustment. What it took comes back to its old lots, after
    repaying debt; a debt forgiven because of it is no longer. What it gave goes as a sale's
    points do."""
    if line.points > 0:
        decision = _taken_again(card, line, lot)
        return (decision, *lifted(decision.applied_to(card), where))
    back = -line.points
    steps: list[Step] = [_cancelled(line)]
    if back:
        repaid = min(back, max(0, -card.points_balance))
        steps += [{"code": "points-given-back", "points": back, "repaid": repaid}]
        steps += [points_counted(card, back)]
    if line.stamps:
        steps += [stamps.counted(card, -line.stamps, where.rules)]
    decision = Decision(
        type="voided",
        event="transaction.voided",
        steps=tuple(steps),
        points=back,
        stamps=-line.stamps,
        reverses_id=line.id,
        reversal_part=1,
        reward_id=line.reward_id,
        refills=line.id if back else None,
        events=stamps.became_ready(card, -line.stamps, where.rules),
    )
    return (decision, *ended(decision.applied_to(card), line.id, past))


def _taken_again(card: LockedCard, line: Original, lot: OwnLot) -> Decision:
    """An adjustment that had given points."""
    expired = min(lot.expired, line.points - lot.remaining)
    taken = line.points - expired
    return Decision(
        type="voided",
        event="transaction.voided",
        steps=(
            _cancelled(line),
            _points_taken(card, line.points, line.points, expired),
            points_counted(card, -taken),
        ),
        points=-taken,
        reverses_id=line.id,
        reversal_part=1,
        draws_first=line.id,
    )


def _points_taken(card: LockedCard, share: int, of: int, expired: int) -> Step:
    taken = share - expired
    return {
        "code": "points-taken-back",
        "share": share,
        "of": of,
        "expired": expired,
        "taken": taken,
        "debt": taken - min(taken, max(0, card.points_balance)),
    }


def points_counted(card: LockedCard, change: int) -> Step:
    """What the change makes of the card's points."""
    before = card.points_balance
    return {"code": "points-counted", "before": before, "after": before + change}


def _share(whole: int, part: int, total: int) -> int:
    """Of `whole`, what belongs to `part` of `total`, rounded down; all of it for the last part."""
    return whole if part == total else whole * part // total


def _forgotten(card: LockedCard, line: Original) -> Memory | None:
    """A sale that went back whole is no purchase: what came with its number is still to come, if
    nothing further has come since, and so is its birthday bonus, while it is that year's."""
    if line.purchase is None:
        return None
    left = max(0, card.purchases - 1)
    peak = card.purchases_peak
    if peak == line.purchase and not line.again:
        peak -= 1
    of_year = line.birthday and line.business_day.year == card.birthday_year
    return Memory(
        purchases=left,
        purchases_peak=peak if left else 0,
        birthday_year=None if of_year else card.birthday_year,
        welcome_due=card.welcome_due,
    )


def _stamps_taken(line: Original, quantity: int) -> Step:
    return {"code": "stamps-undone", "quantity": quantity, "sequence": line.sequence}


def _cancelled(line: Original) -> Step:
    """What is cancelled, by the name that was copied to its line."""
    if line.type == "points_adjusted":
        return {"code": "adjustment-cancelled", "sequence": line.sequence}
    named = (s["reward"] for s in line.steps if "reward" in s)
    return {
        "code": "redemption-cancelled",
        "sequence": line.sequence,
        "reward": next(named, ""),
    }


def signed(
    decisions: tuple[Decision, ...],
    *,
    rules: Rules,
    reason: str | None,
    approved: Step | None,
) -> tuple[Decision, ...]:
    """The return's line with its reason, who approved it, and the original's revision."""
    first, *others = decisions
    steps = (*first.steps, approved) if approved else first.steps
    return (replace(first, rules=rules, reason=reason, steps=steps), *others)
