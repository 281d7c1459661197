"""The rules in plain words: what customers get, what changes, what to think about first."""

from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from ..... import money
from ...programs import ProgramRevision, Rules
from ...reports import Effect
from . import dates

_TYPES = {"stamps": "Stamps", "points": "Points", "hybrid": "Stamps and points"}


def promise(rules: Rules) -> str:
    """What customers get, as one would say it."""
    if not rules.stamps:
        return _("Points, kept on a card.")
    return _(
        "Collect %(target)s stamps, get: %(reward)s.",
        target=rules.stamps_target,
        reward=rules.stamps_reward_name,
    )


def pace(rules: Rules) -> str:
    """How fast it can go."""
    if not rules.stamps:
        return _("This programme counts no stamps.")
    words = []
    if rules.cooldown_minutes:
        minutes = ngettext("one minute", "%(num)s minutes", rules.cooldown_minutes)
        words.append(_("%(minutes)s apart at least", minutes=minutes))
    if rules.max_daily_stamps:
        words.append(_("%(most)s a day at most", most=rules.max_daily_stamps))
    return (", ".join(words) or _("As many as the counter gives, as fast as it likes")) + "."


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


def points_rules(rules: Rules) -> list[tuple[str, str]]:
    """What a programme with points goes by, until there is a page to change it."""
    return [
        (_("Earned"), _("%(points)s for every %(amount)s", **_rate(rules))),
        (_("Smallest purchase that earns"), _money(rules.minimum_purchase_minor)),
        (_("Fewest points to redeem"), str(rules.minimum_redemption_points)),
        (_("They expire"), _("never") if rules.expiry["policy"] == "never" else _("yes")),
    ]


def warnings(rules: Rules) -> list[str]:
    """What is allowed and still worth a second thought."""
    found = []
    cap = rules.max_daily_stamps
    if rules.stamps and not rules.cooldown_minutes and (cap is None or cap >= rules.stamps_target):
        found.append(_("Nothing stops a card from being filled in one visit."))
    elif rules.stamps and cap is not None and cap >= rules.stamps_target:
        found.append(_("A card can be filled within one day."))
    if rules.stamps and rules.cooldown_minutes >= 1440:
        found.append(_("Who comes every day will be refused: the wait is a day or more."))
    if not rules.require_staff_pin:
        found.append(_("Without PINs, lines say a name that nobody proved."))
    if rules.welcome_bonus_points and not rules.points:
        found.append(_("The welcome is in points, and this programme counts none: nobody gets it."))
    if not rules.terms_text:
        found.append(_("Terms of your own are missing: who joins reads two sentences of ours."))
    return found


def differences(
    before: Rules | ProgramRevision, after: Rules | ProgramRevision
) -> list[tuple[str, str, str]]:
    """`(what, old, new)` for every field that would change."""
    return [
        (label, _say(name, getattr(before, name)), _say(name, getattr(after, name)))
        for name, label in labels().items()
        if getattr(before, name) != getattr(after, name)
    ]


def labels() -> dict[str, str]:
    return {
        "loyalty_type": _("Customers collect"),
        "stamps_target": _("Stamps for the reward"),
        "stamps_reward_name": _("The reward"),
        "stamps_reward_value_minor": _("What it is worth"),
        "cooldown_minutes": _("Minutes between stamps"),
        "max_daily_stamps": _("Stamps a day"),
        "welcome_bonus_points": _("Points to welcome"),
        "require_staff_pin": _("A PIN at the counter"),
        "card_name": _("Name on the card"),
        "card_color": _("Colour"),
        "terms_text": _("Terms"),
        "privacy_url": _("Privacy notice"),
        "points_per_unit": _("Points per unit"),
        "unit_minor": _("The unit, in minor units"),
        "minimum_purchase_minor": _("Smallest purchase that earns"),
        "minimum_redemption_points": _("Fewest points to redeem"),
        "max_points_per_order": _("Most points a sale"),
    }


def consequences(effect: Effect) -> list[str]:
    """What publishing does to the cards there are."""
    found = []
    if effect.become_ready:
        found.append(
            ngettext(
                "One card has its reward ready at once.",
                "%(number)s cards have their reward ready at once.",
                effect.become_ready,
                number=dates.number(effect.become_ready),
            )
        )
    if effect.lose_readiness:
        found.append(
            ngettext(
                "One card that could take its reward has to collect on.",
                "%(number)s cards that could take their reward have to collect on.",
                effect.lose_readiness,
                number=dates.number(effect.lose_readiness),
            )
        )
    if effect.keep_unusable_stamps:
        found.append(
            ngettext(
                "One card keeps stamps that nobody can redeem any more.",
                "%(number)s cards keep stamps that nobody can redeem any more.",
                effect.keep_unusable_stamps,
                number=dates.number(effect.keep_unusable_stamps),
            )
        )
    return found or [_("No card becomes ready by it, and none stops being so.")]


def _say(name: str, value: Any) -> str:
    if value is None or value == "":
        return _("no limit") if name.startswith("max_") else _("none")
    if name == "loyalty_type":
        return _TYPES[value]
    if name.endswith("_minor") and name != "unit_minor":
        return _money(value)
    if isinstance(value, bool):
        return _("required") if value else _("not asked for")
    words = " ".join(str(value).split())
    return words if len(words) <= 60 else f"{words[:57]}…"


def _rate(rules: Rules) -> dict[str, str]:
    points = ngettext("%(num)s point", "%(num)s points", rules.points_per_unit)
    return {"points": points, "amount": _money(rules.unit_minor)}


def _money(amount_minor: int) -> str:
    return money.show(amount_minor, g.company.currency, g.company.locale)
