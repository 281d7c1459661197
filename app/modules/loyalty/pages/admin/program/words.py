"""What customers get, as one would say it."""

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from ...... import money
from ....programs import Rules
from .. import dates
from . import shares

_MOST_TIERS = 4


def beside(rules: Rules, *, buys: bool) -> dict[str, str]:
    """The words beside the form, by the name under which programme-preview.js puts them. `buys`
    says whether there is a reward for points."""
    return {
        "promise": points_promise(rules, buys=buys) or stamps_promise(rules),
        "promise_too": stamps_promise(rules) if rules.points and rules.stamps else "",
        "members": members(rules),
        "pace": pace(rules),
        "say": to_go(rules),
    }


def points_promise(rules: Rules, *, buys: bool = True) -> str:
    """What a purchase gives back, to the fraction of a percent."""
    if not rules.points:
        return ""
    if shares.given_back(rules, shares.base_tier(rules)):
        return shares.spend_and_get(rules)
    rate = ngettext(
        "%(number)s point for every %(amount)s",
        "%(number)s points for every %(amount)s",
        rules.points_per_unit,
        number=dates.number(rules.points_per_unit),
        amount=in_money(rules.unit_minor),
    )
    if buys:
        return _("%(rate)s: they buy rewards, and pay nothing at a checkout.", rate=rate)
    return _("%(rate)s: points are kept but pay nothing.", rate=rate)


def stamps_promise(rules: Rules) -> str:
    """What a full card gives."""
    if not rules.stamps:
        return ""
    return _(
        "Collect %(target)s stamps, get: %(reward)s.",
        target=rules.stamps_target,
        reward=rules.stamps_reward_name,
    )


def members(rules: Rules) -> str:
    """`Silver members get 6.25 %, Gold members 7.5 %.`"""
    ladder = [tier for tier in rules.tiers if tier.min_lifetime_points > 0]
    if not rules.points or not ladder:
        return ""
    said: list[str] = []
    for tier in ladder[:_MOST_TIERS]:
        share = shares.given_back(rules, tier)
        gets = shares.percent(share) if share else shares.times(tier.multiplier_bp)
        word = _("%(tier)s members %(gets)s") if said else _("%(tier)s members get %(gets)s")
        said.append(word % {"tier": tier.name, "gets": gets})
    more = len(ladder) - len(said)
    said += [ngettext("one more tier", "%(num)s more tiers", more)] if more else []
    return ", ".join(said) + "."


def pace(rules: Rules) -> str:
    """What limits it: purchases too small, caps, and how fast stamps can come."""
    said = []
    if rules.points and rules.minimum_purchase_minor:
        said.append(
            _("Purchases count from %(amount)s", amount=in_money(rules.minimum_purchase_minor))
        )
    if rules.points and rules.max_points_per_order is not None:
        most = dates.number(rules.max_points_per_order)
        said.append(_("at most %(points)s points a purchase", points=most))
    if rules.stamps and rules.cooldown_minutes:
        minutes = ngettext("one minute", "%(num)s minutes", rules.cooldown_minutes)
        said.append(_("stamps %(minutes)s apart at least", minutes=minutes))
    if rules.stamps and rules.max_daily_stamps:
        said.append(_("%(most)s stamps a day at most", most=rules.max_daily_stamps))
    words = ", ".join(said)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def to_go(rules: Rules) -> str:
    """What the card beside the form says of itself."""
    left = max(1, rules.stamps_target - given(rules))
    return ngettext(
        "One more stamp: %(reward)s.",
        "%(num)s more stamps: %(reward)s.",
        left,
        reward=rules.stamps_reward_name,
    )


def given(rules: Rules) -> int:
    """How many stamps that card has: seven of ten, as in programme-preview.js."""
    return min((rules.stamps_target * 7 + 5) // 10, rules.stamps_target - 1)


def expiry(rules: Rules) -> str:
    """`12 months after they were earned`"""
    policy = rules.expiry
    if policy["policy"] == "inactivity":
        return ngettext(
            "all of them, after one day without a visit",
            "all of them, after %(num)s days without a visit",
            policy["days"],
        )
    if policy["policy"] == "age":
        return ngettext(
            "one month after they were earned",
            "%(num)s months after they were earned",
            policy["months"],
        )
    if policy["policy"] == "yearly":
        return _("each year on %(day)s", day=dates.day_of_year(policy["month_day"]))
    return _("never")


def review(rules: Rules) -> str:
    """`each year on 31 January`"""
    day = rules.tier_review_on
    return _("each year on %(day)s", day=dates.day_of_year(day)) if day else _("never")


def in_money(amount_minor: int) -> str:
    return money.show(amount_minor, g.company.currency, g.company.locale)
