"""The rules of a sale: points, and where the programme says so a stamp, in one line. Pure."""

from ....errors import Refusal
from ..ledger.checks import must_be_usable, must_have_points, must_run
from ..ledger.decision import Decision, LockedCard, Memory, Setting, StampClock, Step
from ..ledger.tiers import tier_moved
from ..programs.rules import Bonus, Rules
from . import stamps
from .occasions import Occasion, occasion
from .points import Award, Sale, figures, least_for_a_point, points_for
from .welcome import FIRST_VISIT, welcomed


def sale_for(
    card: LockedCard, sale: Sale, where: Setting, reference: str | None
) -> tuple[Decision, ...]:
    """Earning: the sale's line, and the welcome's where this first visit brings it.

    Raises `ProgramInactive`, `CardBlocked`, `PointsNotEnabled` and `Invalid`. A sale below the
    minimum is a line of nothing that says why; it counts as no purchase.
    """
    must_run(where)
    must_be_usable(card)
    must_have_points(where.rules)
    if sale.amount_minor < max(1, where.rules.minimum_purchase_minor):
        return (_nothing(card, sale, where, reference),)
    on = occasion(card, where)
    award = points_for(sale, where.rules, where.rules.tier_at(card.tier_points), on)
    given, stamp_steps, clock = _stamps(card, where)
    moved, events = tier_moved(card, award.earned, where.rules)
    steps = [
        *_sale_steps(sale, where, award, on),
        *_award_steps(award, where.rules),
        *_why_nothing(award, card, where.rules),
        _counted(card, award.earned),
        *moved,
        *stamp_steps,
    ]
    line = Decision(
        type="points_earned",
        event="points.earned",
        steps=tuple(steps),
        points=award.earned,
        lifetime=award.earned,
        stamps=given,
        stamp_clock=clock,
        memory=_remembered(card, on, award),
        active_at=where.now,
        reference=reference,
        amount_minor=sale.amount_minor,
        events=(*events, *stamps.became_ready(card, given, where.rules)),
        told=figures(award),
    )
    return (line, *welcomed(card, line, where, FIRST_VISIT))


def preview_of(card: LockedCard, sale: Sale, where: Setting) -> Decision:
    """What the sale would give now: the very line that it would write."""
    return sale_for(card, sale, where, None)[0]


def _nothing(card: LockedCard, sale: Sale, where: Setting, reference: str | None) -> Decision:
    rules = where.rules
    tier = rules.tier_at(card.tier_points)
    below: Step = {
        "code": "below-minimum",
        "amount_minor": sale.amount_minor,
        "minimum_minor": rules.minimum_purchase_minor,
        "missing_minor": rules.minimum_purchase_minor - sale.amount_minor,
    }
    empty: Step = {"code": "empty-sale"}
    why = below if rules.minimum_purchase_minor else empty
    award = Award(
        weight=0,
        base=0,
        tier=0,
        bonus=0,
        capped=0,
        earned=0,
        tier_name=tier.name if tier else "",
        multiplier_bp=tier.multiplier_bp if tier else 10_000,
        bonuses=(),
        exact="0",
    )
    return Decision(
        type="points_earned",
        event="points.earned",
        steps=(_sold(sale, where, number=None), why, _counted(card, 0)),
        active_at=where.now,
        reference=reference,
        amount_minor=sale.amount_minor,
        told=figures(award),
    )


def _sold(sale: Sale, where: Setting, *, number: int | None, **marks: bool) -> Step:
    """What was sold where; `number` is the card's how-manieth purchase, None where it counts as
    none. Of the marks `again` says that it had reached that number before, `birthday` that this
    was the birthday's first earning; only those that hold are kept."""
    shop = where.vendor.name if where.vendor else ""
    step: Step = {
        "code": "sale",
        "amount_minor": sale.amount_minor,
        "vendor": shop,
        "number": number,
    }
    return step | {name: True for name, holds in marks.items() if holds}


def _sale_steps(sale: Sale, where: Setting, award: Award, on: Occasion) -> list[Step]:
    """The amount and its rates: one step for each rate."""
    rules = where.rules
    amounts: dict[str | None, int] = {}
    for line in sale.lines:
        rated = line.category if line.category in rules.category_rates else None
        amounts[rated] = amounts.get(rated, 0) + line.amount_minor
    marks = {"again": not on.new, "birthday": _is_the_birthdays(on, award)}
    steps: list[Step] = [_sold(sale, where, number=on.purchase, **marks)]
    for category, amount in amounts.items():
        rate = rules.category_rates[category] if category else rules.points_per_unit
        steps.append(
            {
                "code": "category-rate" if category else "rate",
                "category": category,
                "amount_minor": amount,
                "points": rate,
                "unit_minor": rules.unit_minor,
            }
        )
    return steps


def _award_steps(award: Award, rules: Rules) -> list[Step]:
    """In the order of the sum: what is multiplied, the one rounding, what is flat, the cap."""
    steps: list[Step] = []
    if award.multiplier_bp != 10_000:
        steps.append(
            {"code": "tier", "tier": award.tier_name, "multiplier_bp": award.multiplier_bp}
        )
    steps += [_bonus(bonus) for bonus in award.bonuses if bonus.percent_bp]
    flat = [bonus for bonus in award.bonuses if not bonus.percent_bp]
    rounded = award.earned + award.capped - sum(bonus.points for bonus in flat)
    steps.append({"code": "rounded-down", "exact": award.exact, "points": rounded})
    steps += map(_bonus, flat)
    if award.capped:
        cap = rules.max_points_per_order
        steps.append({"code": "capped", "cap": cap, "lost": award.capped})
    return steps


def _bonus(bonus: Bonus) -> Step:
    """A percentage of the lines it is limited to, or points beside them all."""
    if bonus.percent_bp:
        step: Step = {"code": "bonus-percent", "percent_bp": bonus.percent_bp}
    else:
        step = {"code": "bonus-points", "points": bonus.points}
    limited = list(bonus.categories) if bonus.percent_bp else []
    return step | {"name": bonus.name, "birthday": bonus.birthday, "categories": limited}


def _why_nothing(award: Award, card: LockedCard, rules: Rules) -> list[Step]:
    if award.earned:
        return []
    needed = least_for_a_point(rules, rules.tier_at(card.tier_points))
    return [{"code": "rounds-to-nothing", "needed_minor": needed}]


def _counted(card: LockedCard, change: int) -> Step:
    return {
        "code": "points-counted",
        "before": card.points_balance,
        "after": card.points_balance + change,
    }


def _stamps(card: LockedCard, where: Setting) -> tuple[int, tuple[Step, ...], StampClock | None]:
    """The stamps that come with the sale; where they cannot, the sale still stands."""
    quantity = where.rules.stamps_per_sale if where.rules.stamps else 0
    if not quantity:
        return 0, (), None
    try:
        steps, clock = stamps.added(card, quantity, where)
    except Refusal as no:
        return 0, ({"code": "no-stamp", "because": no.code} | no.figures,), None
    return quantity, steps, clock


def _is_the_birthdays(on: Occasion, award: Award) -> bool:
    """The birthday bonus goes to the first sale that earns on that day, whatever the rules gave
    for it then: published later that day, it waits for the next year."""
    return on.birthday and award.earned > 0


def _remembered(card: LockedCard, on: Occasion, award: Award) -> Memory:
    return Memory(
        purchases=on.purchase,
        purchases_peak=max(on.purchase, card.purchases_peak),
        birthday_year=on.day.year if _is_the_birthdays(on, award) else card.birthday_year,
        welcome_due=card.welcome_due,
    )
