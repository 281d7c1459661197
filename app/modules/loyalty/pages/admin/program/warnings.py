"""What is allowed and still worth a second thought."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from flask_babel import gettext as _
from flask_babel import ngettext

from .... import reports
from ....programs import Bonus, Rules
from ....programs.defaults import DEFAULT_LADDER
from ....reports import Sales
from ....rewards import Reward
from .. import dates
from . import bonus_words, shares, words

_NAMED = 3
_DAY_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules are held against: the company's day, last week's sales, rewards that cost
    points, and its shops, names by slug of those that are open."""

    today: date
    sales: Sales = field(default_factory=Sales)
    rewards: Sequence[Reward] = ()
    shops: dict[str, str] = field(default_factory=dict)


def warnings(rules: Rules, facts: Facts) -> list[str]:
    """Each in one sentence, the gravest first."""
    found: list[str] = []
    for look in _LOOKS:
        found += look(rules, facts)
    return found


def below_minimum(name: str, points: int, least: int) -> str:
    """C9, beside a reward and in the programme's warnings."""
    return _(
        "Nobody could take %(reward)s: it costs %(points)s, and the least anyone may redeem is"
        " %(least)s. Make it %(least)s or lower the minimum.",
        reward=name,
        points=dates.number(points),
        least=dates.number(least),
    )


def _rewards(rules: Rules, facts: Facts) -> list[str]:
    lost = reports.below_minimum(facts.rewards, rules)
    least = rules.minimum_redemption_points
    said = [below_minimum(each.name, each.points, least) for each in lost[:_NAMED]]
    more = len(lost) - len(said)
    if more:
        said.append(
            ngettext(
                "Nobody could take one more reward either.",
                "Nobody could take %(num)s more rewards either.",
                more,
            )
        )
    if rules.points and rules.point_value_bp is None and not facts.rewards:
        said.append(_("Points buy nothing yet: they have no value, and no reward costs points."))
    if not rules.points and facts.rewards:
        said.append(_("Rewards cost points, and this programme counts none: nobody can earn them."))
    return said


def _generous(rules: Rules, _facts: Facts) -> list[str]:
    best = max(rules.tiers, key=lambda tier: tier.multiplier_bp, default=None)
    share = shares.given_back(rules, best)
    if share <= 1:
        return []
    return [_("It gives back %(percent)s: more than is paid.", percent=shares.percent(share))]


def _caps(rules: Rules, facts: Facts) -> list[str]:
    usual, cap = facts.sales.usual_minor, rules.max_points_per_order
    said: list[str] = []
    if not rules.points or not usual:
        return said
    gives = usual * rules.points_per_unit // rules.unit_minor
    if cap is not None and cap < gives:
        told = {"amount": words.in_money(usual), "gives": gives, "cap": cap}
        said.append(
            _("A usual sale of %(amount)s would give %(gives)s points; the cap is %(cap)s.") % told
        )
    if rules.minimum_purchase_minor > usual:
        told = {"amount": words.in_money(usual)}
        said.append(_("A usual sale is %(amount)s: most purchases would earn nothing.") % told)
    return said


def _tiers(rules: Rules, _facts: Facts) -> list[str]:
    said = []
    earns = rules.points_per_unit or any(rules.category_rates.values())
    if rules.points and not earns:
        said.append(_("No purchase earns a point, so nobody gets anywhere on the ladder."))
    if not rules.points and rules.tiers != DEFAULT_LADDER:
        said.append(_("Tiers follow points, and this programme counts none: nobody moves up."))
    ladder = sorted(rules.tiers, key=lambda tier: tier.min_lifetime_points)
    for lower, higher in pairwise(ladder):
        if rules.points and higher.multiplier_bp < lower.multiplier_bp:
            told = {"lower": lower.name, "higher": higher.name}
            said.append(_("Who climbs from %(lower)s to %(higher)s earns less there.") % told)
    return said


def _bonuses(rules: Rules, facts: Facts) -> list[str]:
    if rules.bonuses and not rules.points:
        return [_("Bonuses are in points, and this programme counts none.")]
    return [
        _("Bonus %(name)s can never apply: %(why)s", name=bonus.name, why=why)
        for bonus in rules.bonuses
        if (why := never(bonus, facts))
    ]


def never(bonus: Bonus, facts: Facts) -> str:
    """Why a bonus cannot apply any more, or ""."""
    if bonus.ends_on and bonus.ends_on < facts.today:
        return _("it ended on %(day)s.", day=dates.day(bonus.ends_on))
    if bonus.first_visit and bonus.every:
        return _("a first purchase is no %(nth)s.", nth=bonus_words.nth(bonus.every))
    if bonus.vendors and not facts.shops.keys() & set(bonus.vendors):
        return _("none of its shops is open.")
    return ""


def _stamps(rules: Rules, _facts: Facts) -> list[str]:
    cap = rules.max_daily_stamps
    if not rules.stamps:
        return []
    if not rules.cooldown_minutes and (cap is None or cap >= rules.stamps_target):
        return [_("Nothing stops a card from being filled in one visit.")]
    if cap is not None and cap >= rules.stamps_target:
        return [_("A card can be filled within one day.")]
    if rules.cooldown_minutes >= _DAY_MINUTES:
        return [_("Who comes every day will be refused: the wait is a day or more.")]
    return []


def _counter(rules: Rules, _facts: Facts) -> list[str]:
    said = []
    if not rules.require_staff_pin:
        said.append(_("Without PINs, lines say a name that nobody proved."))
    if rules.welcome_bonus_points and not rules.points:
        said.append(_("The welcome is in points, and this programme counts none: nobody gets it."))
    if not rules.terms_text:
        said.append(_("Terms of your own are missing: who joins reads two sentences of ours."))
    return said


Look = Callable[[Rules, Facts], list[str]]
_LOOKS: tuple[Look, ...] = (_rewards, _generous, _caps, _bonuses, _tiers, _stamps, _counter)
