"""The programme in its own words: what a customer collects, and what for."""

from decimal import Decimal

from babel.numbers import format_decimal
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ..... import money
from ...programs import Rules

_SPENT_UNITS = 100  # what one gets back is told for a hundred euros, francs, yen …


def headline(rules: Rules) -> str:
    """`Free coffee for every 10 stamps.`, or what is earned where points are all there is."""
    if not rules.stamps:
        return earning(rules)
    return ngettext(
        "%(reward)s for every stamp.",
        "%(reward)s for every %(num)s stamps.",
        rules.stamps_target,
        reward=rules.stamps_reward_name,
    )


def besides(rules: Rules) -> list[str]:
    """What else there is to say: points beside stamps, what they are worth, the welcome."""
    said = []
    if rules.stamps and rules.points and rules.points_per_unit:
        said.append(_("And %(earning)s", earning=earning(rules)))
    if rules.points and (worth := back(rules)):
        said.append(worth)
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


def earning(rules: Rules) -> str:
    """`1 point for every €1.00 you spend.`"""
    return ngettext(
        "%(points)s point for every %(amount)s you spend.",
        "%(points)s points for every %(amount)s you spend.",
        rules.points_per_unit,
        points=number(rules.points_per_unit),
        amount=amount(rules.unit_minor),
    )


def back(rules: Rules) -> str:
    """`Spend €100.00, get €5.00 back.`; nothing where points have no price."""
    if not rules.point_value_bp:
        return ""
    spent = _SPENT_UNITS * money.unit_minor(g.company.currency)
    points = spent * rules.points_per_unit // rules.unit_minor
    worth = points * rules.point_value_bp // 10_000
    return _("Spend %(spent)s, get %(back)s back.", spent=amount(spent), back=amount(worth))


def amount(minor: int) -> str:
    """Money in the company's currency and language."""
    return money.show(minor, g.company.currency, str(g.company.locale))


def number(value: int) -> str:
    """A whole number in the company's language: `1,250`."""
    return str(format_decimal(Decimal(value), locale=get_locale()))


def times(multiplier_bp: int) -> str:
    """`× 1.25`"""
    return f"× {format_decimal(Decimal(multiplier_bp) / 10_000, locale=get_locale())}"
