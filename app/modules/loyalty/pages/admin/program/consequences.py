"""What publishing does, in sentences: to the cards, to sales like last week's, to the rewards."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from ....programs import Rules
from ....reports import Effect
from ....rewards import Reward
from .. import dates
from . import words

_NAMED = 3


def consequences(effect: Effect, after: Rules) -> list[str]:
    """Each thing that happens, with its number."""
    said = [*_cards(effect), *_sales(effect, after), *_rewards(effect)]
    return said or [_("No card becomes ready by it, and none stops being so.")]


def loses_nothing(before: Rules, after: Rules, effect: Effect) -> bool:
    """Whether it may be said that no card loses anything: nothing that a card holds or stands at
    becomes less, or cannot be used any more."""
    lost = (
        effect.lose_readiness,
        effect.keep_unusable_stamps,
        effect.keep_unusable_points,
        effect.fall,
        len(effect.out_of_reach),
    )
    return (
        not any(lost)
        and (before.stamps_reward_name == after.stamps_reward_name or not after.stamps)
        and (before.point_value_bp or 0) <= (after.point_value_bp or 0)
        and before.minimum_redemption_points >= after.minimum_redemption_points
        and _most(before.max_points_per_checkout) <= _most(after.max_points_per_checkout)
        and before.expiry == after.expiry
        and all(
            _times(before, least) <= _times(after, least)
            for least in {tier.min_lifetime_points for tier in (*before.tiers, *after.tiers)}
        )
    )


def _cards(effect: Effect) -> list[str]:
    return [
        (one if number == 1 else many) % {"number": dates.number(number)}
        for number, one, many in (
            (
                effect.become_ready,
                _("One card has its reward ready at once."),
                _("%(number)s cards have their reward ready at once."),
            ),
            (
                effect.lose_readiness,
                _("One card that could take its reward has to collect on."),
                _("%(number)s cards that could take their reward have to collect on."),
            ),
            (
                effect.keep_unusable_stamps,
                _("One card keeps stamps that nobody can redeem any more."),
                _("%(number)s cards keep stamps that nobody can redeem any more."),
            ),
            (
                effect.keep_unusable_points,
                _("One card keeps points that nobody can redeem any more."),
                _("%(number)s cards keep points that nobody can redeem any more."),
            ),
            (
                effect.rise,
                _("One card comes into another tier."),
                _("%(number)s cards come into another tier."),
            ),
            (
                effect.fall,
                _("One card falls into a tier that earns less."),
                _("%(number)s cards fall into a tier that earns less."),
            ),
        )
        if number
    ]


def _sales(effect: Effect, after: Rules) -> list[str]:
    stop, start = effect.sales.would_stop, effect.sales.would_start
    said = []
    if stop:
        said.append(
            ngettext(
                "One sale last week stayed under %(least)s; it would earn nothing.",
                "%(number)s sales last week stayed under %(least)s; they would earn nothing.",
                stop,
                number=dates.number(stop),
                least=words.in_money(after.minimum_purchase_minor),
            )
        )
    if start:
        said.append(
            ngettext(
                "One sale last week was too small to count; it would earn points.",
                "%(number)s sales last week were too small to count; they would earn points.",
                start,
                number=dates.number(start),
            )
        )
    return said


def _rewards(effect: Effect) -> list[str]:
    """Those that come into reach; those that leave it are warned of by name."""
    if not effect.in_reach_again:
        return []
    named = _named(effect.in_reach_again)
    return [_("%(rewards)s can be taken from then on.", rewards=named)]


def _named(rewards: Sequence[Reward]) -> str:
    names = ", ".join(reward.name for reward in rewards[:_NAMED])
    more = len(rewards) - _NAMED
    return _("%(names)s and %(number)s more", names=names, number=more) if more > 0 else names


def _most(limit: int | None) -> tuple[bool, int]:
    return (limit is None, limit or 0)


def _times(rules: Rules, lifetime_points: int) -> int:
    tier = rules.tier_at(lifetime_points)
    return tier.multiplier_bp if tier and rules.points else 0
