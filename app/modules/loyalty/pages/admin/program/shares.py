"""What customers get back, exactly: rate × value × tier, as a fraction of what they pay."""

import re
from decimal import Decimal
from fractions import Fraction

from babel import Locale
from babel.numbers import format_currency, format_decimal
from flask import g
from flask_babel import gettext as _

from ......money import show, unit_minor
from ......web import locale
from ....programs import Rules, Tier

_BP = 10_000
_PERCENT = 100
_CENTS = re.compile(r"\.0+")
# A purchase that gives back a whole number of cents is told first.
_SPENT_UNITS = (100, 10, 1, 200, 300, 500, 700, 900, 1_000, 10_000)


def given_back(rules: Rules, tier: Tier | None = None) -> Fraction:
    """The share of a purchase that its points pay later: 1/20 is 5 %; 0 where they pay nothing."""
    if not rules.points or rules.point_value_bp is None:
        return Fraction(0)
    times = tier.multiplier_bp if tier else _BP
    rate = Fraction(rules.points_per_unit, rules.unit_minor)
    return rate * Fraction(rules.point_value_bp, _BP) * Fraction(times, _BP)


def base_tier(rules: Rules) -> Tier | None:
    """The tier in which everybody begins."""
    return rules.tier_at(0)


def spend_and_get(rules: Rules) -> str:
    """`Spend €100, get €5 back: 5 %.`"""
    share = given_back(rules, base_tier(rules))
    unit = unit_minor(g.company.currency)
    spent = next((n for n in _SPENT_UNITS if (share * n * unit).denominator == 1), None)
    back = share * (spent or _SPENT_UNITS[0]) * unit
    figures = {
        "spent": _bare((spent or _SPENT_UNITS[0]) * unit),
        "back": _bare(int(back)),
        "percent": percent(share),
    }
    if spent:
        return _("Spend %(spent)s, get %(back)s back: %(percent)s.") % figures
    return _("Spend %(spent)s, get a little more than %(back)s back: %(percent)s.") % figures


def percent(share: Fraction) -> str:
    """`6.25 %`; what two decimals do not hold is `about`."""
    hundredths, rest = divmod(share.numerator * _PERCENT * _PERCENT, share.denominator)
    words = format_decimal(_decimal(hundredths, 2), format="#,##0.##", locale=locale())
    words += "\N{NO-BREAK SPACE}%"
    return _("about %(percent)s", percent=words) if rest else words


def times(bp: int) -> str:
    """`× 1.25`"""
    return "× " + format_decimal(_decimal(bp, 4), format="#,##0.####", locale=locale())


def bp_percent(bp: int) -> str:
    """`12.5 %`"""
    return percent(Fraction(bp, _BP))


def _decimal(value: int, digits: int) -> Decimal:
    return Decimal(value).scaleb(-digits)


def _bare(amount_minor: int) -> str:
    """`€100` where no cents are to be told, else `€12.50`."""
    currency, spoken = g.company.currency, locale()
    whole, rest = divmod(amount_minor, unit_minor(currency))
    if rest:
        return show(amount_minor, currency, spoken)
    pattern = Locale.parse(spoken).currency_formats["standard"].pattern
    bare = _CENTS.sub("", pattern)
    return format_currency(whole, currency, bare, locale=spoken, currency_digits=False)
