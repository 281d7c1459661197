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
from .facts import SALE, VOIDABLE, Drawn, Original, OwnLot


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
    if line.type not in VOIDABLE:
        raise NotVoidable("Sales, stamps, redemptions and adjustments can be taken back.")
    total = line.amount_minor or 0
    left = total - line.taken_minor
    if line.parts and left == 0:
        raise AlreadyVoided("This was taken back already.", sequence=line.sequence)
    if amount_minor is None:
        return left
    if line.type != SALE:
        raise Invalid({"amount_minor": f"got {amount_minor}, expected none: only a sale has parts"})
    if amount_minor > left:
        raise VoidExceedsOriginal(
            f"{left} of {total} are left to take back.",
            available_minor=left,
            requested_minor=amount_minor,
            original_minor=total,
        )
    if amount_minor < 1 and total:
        raise Invalid({"amount_minor": f"got {amount_minor}, expected 1 to {left}"})
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
    debt = taken - min(taken, max(0, card.points_balance))
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
        {
            "code": "points-taken-back",
            "share": share,
            "of": line.points,
            "expired": expired,
            "taken": taken,
            "debt": debt,
        },
        points_counted(card, -taken),
        *moved,
    ]
    clock = None
    if given:
        step, clock = stamps.place_given_back(card, line.business_day, given)
        steps += [_stamps_taken(line, given), stamps.counted(card, -given, where.rules), step]
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
    return (decision, *_forgiven(decision.applied_to(card), line, where))


def return_of_stamps(card: LockedCard, line: Original, where: Setting) -> Decision:
    """Taking back stamps; the day's place is free again, the cooldown stays."""
    step, clock = stamps.place_given_back(card, line.business_day, line.stamps)
    return Decision(
        type="voided",
        event="transaction.voided",
        steps=(
            _stamps_taken(line, line.stamps),
            stamps.counted(card, -line.stamps, where.rules),
            step,
        ),
        stamps=-line.stamps,
        stamp_clock=clock,
        reverses_id=line.id,
        reversal_part=1,
    )


def return_of_points(
    card: LockedCard, line: Original, drawn: list[Drawn], where: Setting
) -> tuple[Decision, ...]:
    """Cancelling a redemption, or an adjustment: what it took comes back to its old lots, after
    repaying debt; what it gave goes. A debt that was forgiven because of the points that come
    back now is no longer forgiven."""
    change = -line.points
    repaid = min(max(0, change), max(0, -card.points_balance))
    steps: list[Step] = [_cancelled(line)]
    if line.points:
        steps += [{"code": "points-given-back", "points": change, "repaid": repaid}]
        steps += [points_counted(card, change)]
    if line.stamps:
        steps += [stamps.counted(card, -line.stamps, where.rules)]
    decision = Decision(
        type="voided",
        event="transaction.voided",
        steps=tuple(steps),
        points=change,
        stamps=-line.stamps,
        reverses_id=line.id,
        reversal_part=1,
        reward_id=line.reward_id,
        refills=line.id if change > 0 else None,
        draws_first=line.id if change < 0 else None,
        events=stamps.became_ready(card, -line.stamps, where.rules),
    )
    if change < 0:
        return (decision, *_forgiven(decision.applied_to(card), line, where))
    return (decision, *_no_longer_forgiven(decision.applied_to(card), drawn, change - repaid))


def points_counted(card: LockedCard, change: int) -> Step:
    """What the change makes of the card's points."""
    before = card.points_balance
    return {"code": "points-counted", "before": before, "after": before + change}


def _share(whole: int, part: int, total: int) -> int:
    """Of `whole`, what belongs to `part` of `total`, rounded down; all of it for the last part."""
    return whole if part == total else whole * part // total


def _forgotten(card: LockedCard, line: Original) -> Memory | None:
    """A sale that went back whole is no purchase, and its birthday bonus is still to come."""
    if line.purchase is None:
        return None
    peak = card.purchases_peak
    return Memory(
        purchases=max(0, card.purchases - 1),
        purchases_peak=peak - 1 if peak == line.purchase else peak,
        birthday_year=None if line.birthday else card.birthday_year,
        welcome_due=card.welcome_due,
    )


def _forgiven(card: LockedCard, line: Original, where: Setting) -> tuple[Decision, ...]:
    """The debt lifted, as a line of its own, where the rules in force forgive."""
    if where.rules.void_policy != "forgive" or card.points_balance >= 0:
        return ()
    owed = -card.points_balance
    steps = ({"code": "debt-forgiven", "points": owed}, points_counted(card, owed))
    return (
        Decision(
            type="points_forgiven",
            event="points.adjusted",
            steps=steps,
            points=owed,
            forgives=line.id,
        ),
    )


def _no_longer_forgiven(
    card: LockedCard, drawn: list[Drawn], refilled: int
) -> tuple[Decision, ...]:
    """Lines that take a forgiveness back, from the very lots that were refilled."""
    lines: list[Decision] = []
    for draw in drawn:
        back = min(draw.points, refilled)
        refilled -= back
        owed = min(back, draw.forgiven)
        if owed:
            steps = ({"code": "forgiveness-ended", "points": owed}, points_counted(card, -owed))
            line = Decision(
                type="points_forgiven",
                event="points.adjusted",
                steps=steps,
                points=-owed,
                draws_first=draw.line_id,
                forgives=draw.line_id,
            )
            card = line.applied_to(card)
            lines.append(line)
    return tuple(lines)


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
