"""A bonus as a sentence: `Mondays 08:00–11:00 at Kirchberg: +20 points.`"""

from collections.abc import Mapping

from babel.dates import get_day_names
from flask_babel import gettext as _
from flask_babel import ngettext

from ......web import locale
from ....programs import Bonus
from .. import dates
from . import shares

_NAMED = 3


def sentence(bonus: Bonus, shops: Mapping[str, str]) -> str:
    """When, and what it gives; `shops` are names by slug."""
    when = ", ".join(conditions(bonus, shops)) or _("on every purchase")
    return _("%(when)s: %(gives)s", when=when[:1].upper() + when[1:], gives=gives(bonus))


def gives(bonus: Bonus) -> str:
    """`+10 %` or `+20 points`"""
    if bonus.percent_bp:
        return "+" + shares.bp_percent(bonus.percent_bp)
    number = dates.number(bonus.points)
    return ngettext("+1 point", "+%(number)s points", bonus.points, number=number)


def conditions(bonus: Bonus, shops: Mapping[str, str]) -> list[str]:
    """Each condition that is set, in words."""
    said = []
    if bonus.birthday:
        said.append(_("on the birthday"))
    if bonus.first_visit:
        said.append(_("on the first purchase"))
    if bonus.every:
        said.append(nth(bonus.every))
    if bonus.starts_on or bonus.ends_on:
        said.append(_period(bonus))
    said += _hours(bonus)
    if bonus.vendors:
        names = [shops.get(slug, slug) for slug in bonus.vendors]
        said.append(_("at %(shops)s", shops=_several(names)))
    if bonus.categories:
        said.append(_("on %(categories)s", categories=_several(list(bonus.categories))))
    return said


def weekdays() -> list[tuple[int, str]]:
    """1, Monday, to 7, Sunday."""
    names = get_day_names("wide", locale=locale())
    return [(number, names[number - 1]) for number in range(1, 8)]


def _hours(bonus: Bonus) -> list[str]:
    names = dict(weekdays())
    days = _several([names[day] for day in sorted(bonus.weekdays)], most=7)
    hours = f"{bonus.from_time}–{bonus.until_time}" if bonus.from_time else ""
    if days:
        return [_("on %(days)s %(hours)s", days=days, hours=hours).strip()]
    return [hours] if hours else []


def _period(bonus: Bonus) -> str:
    begins = dates.day(bonus.starts_on) if bonus.starts_on else ""
    ends = dates.day(bonus.ends_on) if bonus.ends_on else ""
    if begins and ends:
        return begins if begins == ends else f"{begins} – {ends}"
    return _("from %(day)s on", day=begins) if begins else _("until %(day)s", day=ends)


def _several(names: list[str], most: int = _NAMED) -> str:
    """`Kirchberg, Gare and 4 more`"""
    more = len(names) - most
    if more > 0:
        listed = ", ".join(names[:most])
        return _("%(names)s and %(number)s more", names=listed, number=more)
    if len(names) > 1:
        return _("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])
    return "".join(names)


def nth(every: int) -> str:
    """English has four ways to end an ordinal."""
    if every % 10 == 1 and every % 100 != 11:
        return _("every %(number)sst purchase", number=every)
    if every % 10 == 2 and every % 100 != 12:
        return _("every %(number)snd purchase", number=every)
    if every % 10 == 3 and every % 100 != 13:
        return _("every %(number)srd purchase", number=every)
    return _("every %(number)sth purchase", number=every)
