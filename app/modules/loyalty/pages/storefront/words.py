"""The programme in its own words: what a customer collects, and what for."""

from decimal import Decimal

from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ...programs import Rules


def headline(rules: Rules) -> str:
    """`Free coffee for every 10 stamps.`; no promise of points, which no purchase earns yet."""
    if not rules.stamps:
        return _("A card for your points.")
    return ngettext(
        "%(reward)s for every stamp.",
        "%(reward)s for every %(num)s stamps.",
        rules.stamps_target,
        reward=rules.stamps_reward_name,
    )


def besides(rules: Rules) -> list[str]:
    """What else there is to say: the welcome."""
    said = []
    if rules.points and rules.welcome_bonus_points and rules.welcome_bonus_when == "enrolment":
        said.append(
            ngettext(
                "%(points)s point to welcome you.",
                "%(points)s points to welcome you.",
                rules.welcome_bonus_points,
                points=number(rules.welcome_bonus_points),
            )
        )
    return said


def number(value: int) -> str:
    """A whole number in the company's language: `1,250`."""
    return str(format_decimal(Decimal(value), locale=get_locale()))
