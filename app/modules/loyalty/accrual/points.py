"""How many points a sale gives: exact arithmetic, rounded down once. Pure.

The figures are CONTRACT.md's: points = floor(exact × multiplier × (1 + Σ percentages)) + flat
bonuses, then the cap; exact = Σ amount × rate. A percentage for certain categories is of their
lines alone.
"""

from dataclasses import dataclass
from typing import Any

from ....errors import Invalid
from ..ledger.models import MOST_POINTS_A_LINE
from ..programs.models import MOST_MINOR
from ..programs.rules import Bonus, Rules, Tier
from .occasions import Occasion, holds

_BP = 10_000
_PLAIN = Tier("", 0, _BP)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A part of a sale; without a category it earns at the programme's own rate."""

    amount_minor: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What was paid, line by line, in minor units."""

    lines: tuple[SaleLine, ...]

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(line.category for line in self.lines if line.category)


@dataclass(frozen=True, slots=True)
class Award:
    """The points of a sale: `base + tier + bonus - capped = earned`.

    `weight` over `unit_minor` is what the amount makes exactly; `bonuses` are those that
    applied, `exact` what was rounded down, as a decimal number in text.
    """

    weight: int
    base: int
    tier: int
    bonus: int
    capped: int
    earned: int
    tier_name: str
    multiplier_bp: int
    bonuses: tuple[Bonus, ...]
    exact: str


def sale_of(
    amount_minor: int | None, category: str | None, lines: list[SaleLine] | None, rules: Rules
) -> Sale:
    """The sale that a caller describes; raises `Invalid` naming what does not fit."""
    errors: dict[str, str] = {}
    if lines:
        total = sum(line.amount_minor for line in lines)
        if amount_minor is not None and total != amount_minor:
            errors["lines"] = f"got lines of {total} together, expected amount_minor {amount_minor}"
        if category is not None:
            errors["category"] = "expected either one for the whole sale or one for each line"
    elif amount_minor is None:
        errors["amount_minor"] = "expected an amount in minor units, or lines that have one"
    sale = Sale(tuple(lines or [SaleLine(amount_minor or 0, category)]))
    if not 0 <= sale.amount_minor <= MOST_MINOR:
        errors["amount_minor"] = f"got {sale.amount_minor}, expected 0 to {MOST_MINOR}"
    known = rules.categories
    for place, line in enumerate(sale.lines):
        if lines and not 0 <= line.amount_minor <= MOST_MINOR:
            got = f"got {line.amount_minor}, expected 0 to {MOST_MINOR}"
            errors[f"lines.{place}.amount_minor"] = got
        if line.category is not None and line.category not in known:
            field = f"lines.{place}.category" if lines else "category"
            errors[field] = f"got {line.category[:40]!r}, expected {_named(known)}"
    if errors:
        raise Invalid(errors)
    return sale


def _named(categories: frozenset[str]) -> str:
    if not categories:
        return "none: this programme has no categories"
    return "one of " + ", ".join(sorted(categories)[:20])


def points_for(sale: Sale, rules: Rules, tier: Tier | None, on: Occasion) -> Award:
    """The points this sale gives a card of this tier on this occasion.

    Raises `Invalid` where they are more than a line can hold.
    """
    weights = [(line, line.amount_minor * _rate(line, rules)) for line in sale.lines]
    weight = sum(each for _, each in weights)
    tier = tier or _PLAIN
    apply = tuple(b for b in rules.all_bonuses if holds(b, on) and _meets(b, sale))
    if rules.bonus_stacking == "best" and apply:
        alone = [(_before_cap(weights, rules, tier, (b,))[0], -n) for n, b in enumerate(apply)]
        apply = (apply[-max(alone)[1]],)
    gross, exact = _before_cap(weights, rules, tier, apply)
    base = weight // rules.unit_minor
    with_tier = weight * tier.multiplier_bp // (rules.unit_minor * _BP)
    cap = rules.max_points_per_order
    capped = 0 if cap is None else max(0, gross - cap)
    earned = gross - capped
    if earned > MOST_POINTS_A_LINE:
        raise Invalid(
            {"amount_minor": f"gives {earned} points, expected at most {MOST_POINTS_A_LINE}"}
        )
    return Award(
        weight=weight,
        base=base,
        tier=with_tier - base,
        bonus=gross - with_tier,
        capped=capped,
        earned=earned,
        tier_name=tier.name,
        multiplier_bp=tier.multiplier_bp,
        bonuses=apply,
        exact=exact,
    )


def _rate(line: SaleLine, rules: Rules) -> int:
    if line.category is None:
        return rules.points_per_unit
    return rules.category_rates.get(line.category, rules.points_per_unit)


def _meets(bonus: Bonus, sale: Sale) -> bool:
    return not bonus.categories or bool(sale.categories & set(bonus.categories))


def _before_cap(
    weights: list[tuple[SaleLine, int]], rules: Rules, tier: Tier, bonuses: tuple[Bonus, ...]
) -> tuple[int, str]:
    """Points before the cap, flat ones included, and what was rounded down, as text."""
    shares = [(line, weight, _BP + _percent(line, bonuses)) for line, weight in weights]
    over = sum(weight * share for _, weight, share in shares) * tier.multiplier_bp
    under = rules.unit_minor * _BP * _BP
    return over // under + sum(bonus.points for bonus in bonuses), decimal(over, under)


def _percent(line: SaleLine, bonuses: tuple[Bonus, ...]) -> int:
    return sum(b.percent_bp for b in bonuses if not b.categories or line.category in b.categories)


def decimal(over: int, under: int, digits: int = 6) -> str:
    """A fraction as a decimal number; `…` where there is more of it than `digits`."""
    whole, rest = divmod(over, under)
    scaled, left = divmod(rest * 10**digits, under)
    part = f"{scaled:0{digits}d}".rstrip("0") if not left else f"{scaled:0{digits}d}…"
    return f"{whole}.{part}" if part else str(whole)


def least_for_a_point(rules: Rules, tier: Tier | None) -> int | None:
    """The smallest amount that gives one point at the programme's own rate, in minor units;
    None where no amount does."""
    per = rules.points_per_unit * (tier or _PLAIN).multiplier_bp
    return -(-rules.unit_minor * _BP // per) if per else None


def figures(award: Award) -> dict[str, Any]:
    """What the API answers of an award."""
    return {
        "base_points": award.base,
        "tier_multiplier_bp": award.multiplier_bp,
        "tier_points": award.tier,
        "bonus_points": award.bonus,
        "capped_points": award.capped,
        "points_earned": award.earned,
    }
