"""A line's decision in one line, for histories and previews."""

from collections.abc import Sequence
from fractions import Fraction

from flask_babel import get_locale
from flask_babel import gettext as _

from ..... import money as minor
from ..decision import Step
from . import words
from .saying import say
from .voices import CASHIER, PROGRAMMER


def summary(steps: Sequence[Step], voice: str) -> str:
    """`€12.50 × gold 1.25` to the customer; `12.50 × 1.25 gold, rounded down once` to the
    cashier; all sentences to a programmer. What is no sale is told by its first step."""
    if voice == PROGRAMMER:
        return "; ".join(say(step, PROGRAMMER) for step in steps)
    if not steps or steps[0]["code"] != "sale":
        return say(steps[0], voice) if steps else ""
    by_code = {step["code"]: step for step in steps}
    amount = steps[0]["amount_minor"]
    shown = words.plain(amount) if voice == CASHIER else words.money(amount)
    if below := by_code.get("below-minimum"):
        least = words.money(below["minimum_minor"])
        return _("%(amount)s, and points begin at %(minimum)s", amount=shown, minimum=least)
    parts = [shown, *_factors(steps, voice), *_bonuses(steps)]
    ends = []
    if voice == CASHIER and not by_code.get("rounded-down", {"exact": "0"})["exact"].isdigit():
        ends.append(_("rounded down once"))
    if capped := by_code.get("capped"):
        ends.append(_("at most %(cap)s", cap=words.number(capped["cap"])))
    return ", ".join([" ".join(parts), *ends])


def _factors(steps: Sequence[Step], voice: str) -> list[str]:
    """What the amount is multiplied by: its rate where that is not 1, and the tier."""
    rates = [step for step in steps if step["code"] in ("rate", "category-rate")]
    factors = [_rate(rates[0])] if len(rates) == 1 else []
    for step in steps:
        if step["code"] == "tier":
            tier, times = _in_a_sentence(step["tier"]), words.times(step["multiplier_bp"])
            factors.append(f"× {times} {tier}" if voice == CASHIER else f"× {tier} {times}")
    return [factor for factor in factors if factor]


def _rate(step: Step) -> str:
    """Points for each whole unit of the currency, as a factor: `× 2`, `÷ 10`, or nothing."""
    rate = Fraction(step["points"] * minor.unit_minor(words.currency()), step["unit_minor"])
    times = f"× {words.number(rate.numerator)}" if rate.numerator != 1 else ""
    over = f"÷ {words.number(rate.denominator)}" if rate.denominator != 1 else ""
    return " ".join(part for part in (times, over) if part)


def _bonuses(steps: Sequence[Step]) -> list[str]:
    said = []
    for step in steps:
        if step["code"] == "bonus-percent":
            percent = words.percent(step["percent_bp"])
            said.append(f"+ {percent} {words.bonus(step)}")
        if step["code"] == "bonus-points":
            said.append(f"+ {words.number(step['points'])} {words.bonus(step)}")
    return said


def _in_a_sentence(tier: str) -> str:
    """`Gold` inside an English line is `gold`; other languages, and `VIP`, stay as they are."""
    english = str(get_locale()).startswith("en")
    return tier[0].lower() + tier[1:] if english and tier[1:].islower() else tier
