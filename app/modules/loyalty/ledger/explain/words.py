"""Figures as people read them: in the company's money, and grouped as its language does."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ..... import money as minor
from .....accounts import companies
from .....accounts.companies import Company
from ..decision import Step

PLAIN_BP = 10_000  # a multiplier of 1


def money(amount_minor: int) -> str:
    """`€12.50`"""
    return minor.show(amount_minor, currency(), str(get_locale()))


def plain(amount_minor: int) -> str:
    """The same without its currency: `12.50`."""
    digits = minor.minor_digits(currency())
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    amount = Decimal(amount_minor).scaleb(-digits)
    return str(format_decimal(amount, format=pattern, locale=get_locale()))


def number(value: int) -> str:
    """A whole number: `1,250`, with a true minus."""
    return str(format_decimal(Decimal(value), locale=get_locale())).replace("-", "−")


def exact(value: str) -> str:
    """A decimal number as it was stored, `15.625` or `0.333333…`, in the company's language."""
    cut = value.endswith("…")
    pattern = "#,##0.######"
    shown = format_decimal(Decimal(value.rstrip("…")), format=pattern, locale=get_locale())
    return f"{shown}…" if cut else str(shown)


def times(multiplier_bp: int) -> str:
    """A multiplier: 12,500 is `1.25`."""
    value = Decimal(multiplier_bp).scaleb(-4)
    return str(format_decimal(value, format="#,##0.####", locale=get_locale()))


def percent(share_bp: int) -> str:
    """A share: 1,000 is `10%`."""
    value = Decimal(share_bp).scaleb(-4)
    return str(format_percent(value, decimal_quantization=False, locale=get_locale()))


def day(iso: str) -> str:
    """`2026-12-31` as `31 December 2026`."""
    return str(format_date(date.fromisoformat(iso), "long", locale=get_locale()))


def wait(seconds: int) -> str:
    """`6 min 12 s`, or `2 h 05 min`."""
    if seconds < 3_600:
        return _("%(minutes)s min %(seconds)s s", minutes=seconds // 60, seconds=seconds % 60)
    hours, minutes = seconds // 3_600, seconds % 3_600 // 60
    return _("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{minutes:02d}")


def points(count: int) -> str:
    """`1 point`, `1,250 points`"""
    return ngettext("%(points)s point", "%(points)s points", abs(count), points=number(count))


def stamps(count: int) -> str:
    return ngettext("%(num)s stamp", "%(num)s stamps", count)


def price(step: Step) -> str:
    """What a reward costs: `100 points`, `5 stamps`, or both."""
    parts = [points(step["points"])] if step["points"] else []
    parts += [stamps(step["stamps"])] if step["stamps"] else []
    return _(" and ").join(parts)


def bonus(step: Step) -> str:
    """A bonus by its name; the programme's own birthday rate has none but `birthday`."""
    name = step["name"]
    own = step.get("birthday") and name == "birthday"
    named = _("Birthday") if own else str(name)
    only = ", ".join(step.get("categories") or ())
    return _("%(bonus)s (%(categories)s)", bonus=named, categories=only) if only else named


def rated(step: Step) -> str:
    """What amount × rate makes, exactly: `12.5`."""
    over, under = step["amount_minor"] * step["points"], step["unit_minor"]
    whole, rest = divmod(over * 1_000_000, under)
    return exact(str(Decimal(whole).scaleb(-6)) + ("…" if rest else ""))


def currency() -> str:
    """The acting company's, as its ISO 4217 code."""
    return _company().currency


def _company() -> Company:
    return g.get("company") or companies.acting()
