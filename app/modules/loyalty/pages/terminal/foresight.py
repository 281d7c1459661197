"""A return before it is confirmed, in words: what comes off the card, and what is owed."""

from typing import Any

from flask_babel import gettext as _

from .....errors import Refusal
from ... import programs
from ...ledger import LockedCard
from ...ledger.explain import CASHIER, refused, say, words
from ...programs import Rules
from ...returns import Foreseen
from .. import amounts

# Said by the pairs of before and after; the rest of the steps is said in sentences.
_IN_THE_PAIRS = (
    "points-counted",
    "stamps-counted",
    "stamps-kept",
    "sale-returned",
    "stamps-undone",
    "redemption-cancelled",
    "tier-lost",
    "tier-reached",
)


def as_answer(foreseen: Foreseen) -> dict[str, Any]:
    """What page and keypad show: `gives`, `why`, `button`, the `pairs` and the sentences `also`;
    `seen` is what the form says when it confirms this very view."""
    return {
        "gives": takes(foreseen),
        "why": _how_much(foreseen),
        "button": button(foreseen),
        "pairs": pairs(foreseen),
        "also": also(foreseen),
        "seen": seen(foreseen),
        "ok": True,
    }


def amount(foreseen: Foreseen) -> int:
    """The minor units that would be given back."""
    return foreseen.decisions[0].amount_minor or 0


def seen(foreseen: Foreseen) -> str:
    """Names what is shown: the line's part, of the card as it stands."""
    return f"{amount(foreseen)}:{foreseen.card.sequence}"


def takes(foreseen: Foreseen) -> str:
    """`takes back *15 points and 1 stamp*`"""
    decision = foreseen.decisions[0]
    what = _named(abs(decision.points), abs(decision.stamps))
    if not decision.points and not decision.stamps:
        return _("takes back *no points*")
    if decision.points > 0 or decision.stamps > 0:
        return _("gives back *%(what)s*", what=what)
    return _("takes back *%(what)s*", what=what)


def button(foreseen: Foreseen) -> str:
    """What confirming does: `Return €12.50`."""
    original = foreseen.original
    if original.amount_minor:
        return _("Return %(amount)s", amount=amounts.money(amount(foreseen)))
    if original.type == "stamps_added":
        return _("Take back %(stamps)s", stamps=words.stamps(original.stamps))
    return _("Cancel it")


def pairs(foreseen: Foreseen) -> list[tuple[str, str]]:
    """`(Points, 86 → 71)` and so on, of what changes."""
    before = after = foreseen.card
    rules = programs.current()
    for decision in foreseen.decisions:
        after = decision.applied_to(after)
    found = [(_("Given back"), _of_what(foreseen))] if foreseen.original.amount_minor else []
    if before.points_balance != after.points_balance:
        found.append((_("Points"), _moved(before.points_balance, after.points_balance)))
    if before.stamps_balance != after.stamps_balance:
        found.append((_("Stamps"), _moved(before.stamps_balance, after.stamps_balance)))
    found += _tier(before, after, rules)
    if after.points_balance < 0:
        found.append((_("Then owed"), words.points(-after.points_balance)))
    return found


def also(foreseen: Foreseen) -> list[str]:
    """Why it is just this much: what expired already, a debt, its forgiveness."""
    steps = [step for decision in foreseen.decisions for step in decision.steps]
    return [say(step, CASHIER) for step in steps if step["code"] not in _IN_THE_PAIRS]


def fault(no: Refusal) -> str:
    """Why an amount cannot be returned."""
    left = no.figures.get("available_minor")
    if left is not None:
        return _("Only %(amount)s of it is left to return.", amount=amounts.money(left))
    return refused(no, CASHIER).why


def _how_much(foreseen: Foreseen) -> str:
    if amount(foreseen) == foreseen.original.amount_minor:
        return _("the whole sale")
    return _of_what(foreseen)


def _of_what(foreseen: Foreseen) -> str:
    """`€5.00 of €12.50`, or nothing where it is no sale."""
    whole = foreseen.original.amount_minor
    if not whole:
        return ""
    part = amount(foreseen)
    shown = {"part": amounts.money(part), "whole": amounts.money(whole)}
    return _("%(part)s of %(whole)s", **shown) if part != whole else shown["whole"]


def _tier(before: LockedCard, after: LockedCard, rules: Rules) -> list[tuple[str, str]]:
    tiers = [rules.tier_at(card.tier_points) for card in (before, after)]
    was, will = (tier.name if tier else _("none") for tier in tiers)
    return [(_("Tier"), f"{was} → {will}")] if rules.points and was != will else []


def _named(points: int, stamps: int) -> str:
    parts = [words.points(points)] if points else []
    return _(" and ").join([*parts, words.stamps(stamps)] if stamps else parts)


def _moved(before: int, after: int) -> str:
    return f"{words.number(before)} → {words.number(after)}"
