"""What a sale earns (CONTRACT 5a "Earning"), in exact fractions, and what day it is at a shop."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

Rules = dict[str, Any]
Lines = list[tuple[int, str | None]]  # amount in minor units, category


@dataclass(frozen=True)
class Points:
    """The parts of an award: base + tier + bonus - capped is what was earned."""

    base: int = 0
    tier: int = 0
    bonus: int = 0
    capped: int = 0

    @property
    def earned(self) -> int:
        return self.base + self.tier + self.bonus - self.capped


def points_of(rules: Rules, multiplier_bp: int, lines: Lines, bonuses: list[Rules]) -> Points:
    """One rounding: floor(exact x multiplier x (1 + percentages)), flat bonuses, then the cap."""
    multiplier = Fraction(multiplier_bp, 10_000)
    exact = [(_exact(rules, amount, category), category) for amount, category in lines]

    def with_these(chosen: list[Rules]) -> int:
        parts = (points * (1 + _percent(chosen, category)) for points, category in exact)
        return floor(sum(parts) * multiplier) + sum(bonus.get("points", 0) for bonus in chosen)

    base = floor(sum(points for points, _ in exact))
    with_tier = with_these([])
    if rules["bonus_stacking"] == "best":
        uncapped = max([with_tier, *(with_these([bonus]) for bonus in bonuses)])
    else:
        uncapped = with_these(bonuses)
    cap = rules["max_points_per_order"]
    lost = max(0, uncapped - cap) if cap is not None else 0
    return Points(base, with_tier - base, uncapped - with_tier, lost)


def _exact(rules: Rules, amount: int, category: str | None) -> Fraction:
    rate = rules["category_rates"].get(category, rules["points_per_unit"])
    return Fraction(amount * rate, rules["unit_minor"])


def _percent(bonuses: list[Rules], category: str | None) -> Fraction:
    counted = [b for b in bonuses if not b.get("categories") or category in b["categories"]]
    return Fraction(sum(bonus.get("percent_bp", 0) for bonus in counted), 10_000)


def local(now: datetime, zone: str) -> datetime:
    """The wall clock at the shop."""
    return now.astimezone(ZoneInfo(zone))


def is_birthday(born: date | None, day: date) -> bool:
    """29 February is kept on the 28th in other years."""
    if born is None:
        return False
    kept = (born.month, born.day)
    if kept == (2, 29) and not isleap(day.year):
        kept = (2, 28)
    return kept == (day.month, day.day)


def in_hours(start: str | None, end: str | None, wall: datetime) -> bool:
    """From `start`, `end` not included; past midnight where the end is the earlier one."""
    if start is None or end is None:
        return True
    at = wall.strftime("%H:%M")
    return start <= at < end if start < end else at >= start or at < end


def multiplier_of(rules: Rules, lifetime: int) -> int:
    tier = tier_of(rules, lifetime)
    return tier["multiplier_bp"] if tier else 10_000


def tier_of(rules: Rules, lifetime: int) -> Rules | None:
    """The highest threshold met."""
    met = [tier for tier in rules["tiers"] if tier["min_lifetime_points"] <= lifetime]
    return max(met, key=lambda tier: tier["min_lifetime_points"], default=None)
