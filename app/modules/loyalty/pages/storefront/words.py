"""The programme in its own words: what a customer collects, and what for."""

from flask_babel import gettext as _
from flask_babel import ngettext

from ...ledger.explain import words
from ...programs import Rules

_WELCOMES = {
    "enrolment": lambda points: _("%(points)s to welcome you.", points=points),
    "verified": lambda points: _("%(points)s once you confirm your address.", points=points),
    "first_visit": lambda points: _("%(points)s with your first purchase.", points=points),
}


def headline(rules: Rules) -> str:
    """`Free coffee for every 10 stamps.`, or `1 point for every €1.00.`"""
    if not rules.stamps:
        return rate(rules) or _("A card for your points.")
    return ngettext(
        "%(reward)s for every stamp.",
        "%(reward)s for every %(num)s stamps.",
        rules.stamps_target,
        reward=rules.stamps_reward_name,
    )


def besides(rules: Rules) -> list[str]:
    """What else there is to say: points beside stamps, and the welcome."""
    said = [rate(rules)] if rules.stamps and rules.points else []
    if rules.points and rules.welcome_bonus_points:
        points = words.points(rules.welcome_bonus_points)
        said.append(_WELCOMES[rules.welcome_bonus_when](points))
    return [sentence for sentence in said if sentence]


def rate(rules: Rules) -> str:
    """What a purchase earns; empty where it earns nothing by itself."""
    if not rules.points_per_unit:
        return ""
    points, unit = words.points(rules.points_per_unit), words.money(rules.unit_minor)
    return _("%(points)s for every %(unit)s.", points=points, unit=unit)


def welcome_waits(rules: Rules, due: str | None) -> str:
    """What a card's welcome still waits for; empty where it waits for nothing."""
    if due is None or not (rules.points and rules.welcome_bonus_points):
        return ""
    return _WELCOMES[due](words.points(rules.welcome_bonus_points))
