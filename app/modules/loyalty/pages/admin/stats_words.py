"""What a shop's figures say: the page's heading, its days as bars, its hours, who took back."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from ...programs import Rules
from ...reports import Figures, ShopFigures
from . import dates
from .overview_words import Chart

_MANY_VOIDS = 3  # fewer say nothing about a person


@dataclass(frozen=True, slots=True)
class Hour:
    """`10:00 – 11:00`, and how many visits fell into it."""

    label: str
    visits: int


def finding(seen: ShopFigures, *, one_day: bool) -> str:
    """The heading: how many came by, and how that differs."""
    now, before = seen.now.came_by, seen.before.came_by
    if not now:
        return _("Nobody has come by yet") if seen.week.running else _("Nobody came by")
    came = ngettext("One card came by", "%(number)s cards came by", now, number=dates.number(now))
    then = _("a week before") if one_day else _("the week before")
    if now == before:
        return _("%(came)s, as many as %(then)s", came=came, then=then)
    difference = dates.number(abs(now - before))
    if now > before:
        return _("%(came)s, %(more)s more than %(then)s", came=came, more=difference, then=then)
    return _("%(came)s, %(less)s fewer than %(then)s", came=came, less=difference, then=then)


def span(seen: ShopFigures, *, one_day: bool) -> str:
    """Which days these are."""
    week = seen.week
    if one_day:
        return dates.day(week.monday, "EEEE, d MMMM y")
    first, last = dates.day(week.monday, "d MMM"), dates.day(week.last)
    if week.running:
        return _("This week so far, %(first)s to %(last)s", first=first, last=last)
    return _("%(first)s to %(last)s", first=first, last=last)


def charts(seen: ShopFigures, rules: Rules) -> list[Chart]:
    """Points by day, stamps by day: as much of it as the programme counts."""
    kinds = [
        (rules.points, "points", _("Points by day"), ("issued", "redeemed")),
        (rules.stamps, "stamps", _("Stamps by day"), ("given", "used")),
    ]
    return [
        Chart(
            id=name,
            title=title,
            summary=_(
                "%(given)s given and %(used)s used for rewards; %(before)s given in the same days"
                " of the week before.",
                given=dates.number(getattr(seen.now, given)),
                used=dates.number(getattr(seen.now, used)),
                before=dates.number(getattr(seen.before, given)),
            ),
            none=_("None in these days, nor in the week before."),
            days=[_bar(day, now, before, (given, used)) for day, now, before in seen.days],
        )
        for counted, name, title, (given, used) in kinds
        if counted
    ]


def _bar(day: date, now: Figures, before: Figures, names: tuple[str, str]) -> dict[str, object]:
    given, used = names
    return {
        "label": dates.day(day, "EEE"),
        "sub": dates.day(day, "d"),
        "issued": getattr(now, given),
        "redeemed": getattr(now, used),
        "before": getattr(before, given),
    }


def hours(seen: ShopFigures) -> list[Hour]:
    """From the first hour with a visit to the last."""
    return [Hour(_hour(hour), visits) for hour, visits in seen.hours]


def busiest(seen: ShopFigures, *, one_day: bool) -> str | None:
    """`Busiest on Saturday, 10:00 – 11:00: 42 visits`"""
    if seen.busiest is None:
        return None
    day, hour, number = seen.busiest
    visits = ngettext("one visit", "%(number)s visits", number, number=dates.number(number))
    if one_day:
        return _("Busiest from %(hour)s: %(visits)s.", hour=_hour(hour), visits=visits)
    name = dates.day(day, "EEEE")
    return _("Busiest on %(day)s, %(hour)s: %(visits)s.", day=name, hour=_hour(hour), visits=visits)


def voids(seen: ShopFigures) -> str | None:
    """`Marco took back 11 lines; everybody else together 2`: where one person did most of it."""
    most = max(seen.hands, key=lambda hand: hand.voids if hand.name else 0, default=None)
    if most is None or most.name is None or most.voids < _MANY_VOIDS:
        return None
    others = sum(hand.voids for hand in seen.hands) - most.voids
    if most.voids <= others:
        return None
    return _(
        "%(name)s took back %(times)s lines; everybody else together %(others)s.",
        name=most.name,
        times=dates.number(most.voids),
        others=dates.number(others),
    )


def _hour(hour: int) -> str:
    return f"{hour:02d}:00 – {hour + 1:02d}:00"
