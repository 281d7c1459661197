"""Old against new, in words: every rule, tier and bonus that another revision changes."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from ....programs import Rules, Tier
from .. import dates
from . import bonus_words, shares, words
from .labels import labels, options

Difference = tuple[str, str, str]
_LONGEST = 60


def differences(before: Rules, after: Rules, shops: Mapping[str, str]) -> list[Difference]:
    """`(what, old, new)` for everything that would change; `shops` are names by slug."""
    found = [
        (label, _say(name, before), _say(name, after))
        for name, label in labels().items()
        if getattr(before, name) != getattr(after, name)
    ]
    return [*found, *_rates(before, after), *_tiers(before, after), *_bonuses(before, after, shops)]


def _rates(before: Rules, after: Rules) -> list[Difference]:
    old, new = before.category_rates, after.category_rates
    return [
        (
            _("Points for %(category)s", category=name),
            _rate(old.get(name), before),
            _rate(new.get(name), after),
        )
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _tiers(before: Rules, after: Rules) -> list[Difference]:
    old = {tier.name: tier for tier in before.tiers}
    new = {tier.name: tier for tier in after.tiers}
    return [
        (name, _tier(old.get(name)), _tier(new.get(name)))
        for name in [*new, *(name for name in old if name not in new)]
        if old.get(name) != new.get(name)
    ]


def _bonuses(before: Rules, after: Rules, shops: Mapping[str, str]) -> list[Difference]:
    """Bonuses are paired by name and by their place among those of that name."""
    old, new = _counted(before), _counted(after)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        pair = [old.get(key), new.get(key)]
        if pair[0] != pair[1]:
            said = [bonus_words.sentence(each, shops) if each else _("none") for each in pair]
            found.append((_("Bonus %(name)s", name=key[0]), said[0], said[1]))
    if not found and before.bonuses != after.bonuses:
        found.append((_("Bonuses"), _("in another order"), _("in this order")))
    return found


def _counted(rules: Rules) -> dict[tuple[str, int], Any]:
    counted: dict[tuple[str, int], Any] = {}
    for bonus in rules.bonuses:
        place = sum(1 for name, _place in counted if name == bonus.name)
        counted[bonus.name, place] = bonus
    return counted


def _rate(points: int | None, rules: Rules) -> str:
    if points is None:
        return _("as everything")
    return _points_for(points, rules)


def _points_for(points: int, rules: Rules) -> str:
    said = ngettext("1 point", "%(number)s points", points, number=dates.number(points))
    return _("%(points)s for %(amount)s", points=said, amount=words.in_money(rules.unit_minor))


def _tier(tier: Tier | None) -> str:
    if tier is None:
        return _("none")
    least = dates.number(tier.min_lifetime_points)
    return _(
        "from %(points)s points, %(times)s", points=least, times=shares.times(tier.multiplier_bp)
    )


def _say(name: str, rules: Rules) -> str:
    """One rule's value as a person would say it."""
    value = getattr(rules, name)
    if name in options():
        return dict(options()[name])[value]
    if name in _OF_ITS_OWN:
        return _OF_ITS_OWN[name](rules)
    if value is None or value == "":
        return _("no limit") if name in _LIMITS else _("none")
    return _plainly(name, value)


def _plainly(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("required") if value else _("not asked for")
    if name.endswith("_minor"):
        return words.in_money(value)
    if name.endswith("_bp"):
        return shares.bp_percent(value)
    return dates.number(value) if isinstance(value, int) else _short(str(value))


def _notices(rules: Rules) -> str:
    days = ", ".join(map(str, rules.expiry_notice_days))
    return _("%(days)s days before", days=days) if days else _("none")


def _pays(rules: Rules) -> str:
    bp = rules.point_value_bp
    if bp is None:
        return _("nothing")
    points = next(each for each in (100, 1_000, 10_000) if bp * each % 10_000 == 0)
    return _(
        "%(amount)s for %(points)s",
        amount=words.in_money(bp * points // 10_000),
        points=dates.number(points),
    )


def _short(value: str) -> str:
    plain = " ".join(value.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}…"


_OF_ITS_OWN: dict[str, Callable[[Rules], str]] = {
    "point_value_bp": _pays,
    "expiry": words.expiry,
    "expiry_notice_days": _notices,
    "tier_review_on": words.review,
}
_LIMITS = {
    "max_daily_stamps",
    "max_points_per_order",
    "max_points_per_checkout",
    "void_days",
    "redemption_alone_points",
    "adjustment_alone_points",
}
