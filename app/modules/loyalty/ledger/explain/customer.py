"""Each step to the customer whose card it is."""

from flask_babel import gettext as _
from flask_babel import ngettext

from ..decision import Step
from . import shared, words
from .voices import Told


def _stamps_given(s: Step) -> str:
    if not s["vendor"]:
        return words.stamps(s["quantity"])
    return ngettext(
        "%(num)s stamp at %(vendor)s",
        "%(num)s stamps at %(vendor)s",
        s["quantity"],
        vendor=s["vendor"],
    )


def _sale(s: Step) -> str:
    amount = words.money(s["amount_minor"])
    if not s["vendor"]:
        return _("You paid %(amount)s", amount=amount)
    return _("You paid %(amount)s at %(vendor)s", amount=amount, vendor=s["vendor"])


def _counted(s: Step) -> str:
    after = s["after"]
    if after < 0:
        return ngettext(
            "%(points)s point is owed: the next one goes there",
            "%(points)s points are owed: the next ones go there",
            -after,
            points=words.number(-after),
        )
    return _("You now have %(points)s", points=words.points(after))


def _tier_reached(s: Step) -> str:
    if s["multiplier_bp"] == words.PLAIN_BP:
        return _("You are %(tier)s now", tier=s["to"])
    times = words.times(s["multiplier_bp"])
    return _("You are %(tier)s now: × %(times)s from the next sale", tier=s["to"], times=times)


def _tier_lost(s: Step) -> str:
    if s["to"] is None:
        return _("You are no longer %(tier)s", tier=s["from"])
    if s["multiplier_bp"] == words.PLAIN_BP:
        return _("You are %(tier)s again", tier=s["to"])
    times = words.times(s["multiplier_bp"])
    return _("You are %(tier)s again: × %(times)s from the next sale", tier=s["to"], times=times)


def _bonus(s: Step) -> str:
    if s["birthday"]:
        return _("Happy birthday: %(percent)s more", percent=words.percent(s["percent_bp"]))
    return shared.bonus_percent(s)


SENTENCES: Told = shared.SENTENCES | {
    "stamps-given": _stamps_given,
    "stamps-counted": lambda s: ngettext(
        "You now have %(after)s of %(num)s stamp",
        "You now have %(after)s of %(num)s stamps",
        s["target"],
        after=s["after"],
    ),
    "reward-ready": lambda s: ngettext(
        "%(reward)s is yours", "%(num)s × %(reward)s are yours", s["ready"], reward=s["reward"]
    ),
    "day-counted": lambda s: _("%(count)s of %(cap)s for today", count=s["count"], cap=s["cap"]),
    "reward-taken": lambda s: ngettext(
        "%(reward)s, for %(num)s stamp",
        "%(reward)s, for %(num)s stamps",
        s["target"],
        reward=s["reward"],
    ),
    "stamps-kept": lambda s: ngettext(
        "%(num)s stamp stays on your card", "%(num)s stamps stay on your card", s["after"]
    ),
    "stamps-undone": lambda s: ngettext(
        "%(num)s stamp taken back: it was given by mistake",
        "%(num)s stamps taken back: they were given by mistake",
        s["quantity"],
    ),
    "day-given-back": lambda s: _("It does not count for today"),
    "welcome-bonus": lambda s: ngettext(
        "%(num)s point to welcome you", "%(num)s points to welcome you", s["points"]
    ),
    "sale": _sale,
    "tier": lambda s: _(
        "You are %(tier)s: × %(times)s", tier=s["tier"], times=words.times(s["multiplier_bp"])
    ),
    "bonus-percent": _bonus,
    "capped": lambda s: _(
        "One sale gives %(cap)s at most: %(lost)s more would have come",
        cap=words.points(s["cap"]),
        lost=words.number(s["lost"]),
    ),
    "points-counted": _counted,
    "tier-reached": _tier_reached,
    "tier-lost": _tier_lost,
    "reward-redeemed": lambda s: _(
        "%(reward)s, for %(price)s", reward=s["reward"], price=words.price(s)
    ),
    "debt-forgiven": lambda s: ngettext(
        "You owed %(points)s point: it is forgiven",
        "You owed %(points)s points: they are forgiven",
        s["points"],
        points=words.number(s["points"]),
    ),
    # The reason is the office's note about its own work; the office can say it.
    "expired": lambda s: (
        _("%(points)s expired: the card had rested too long", points=words.points(s["points"]))
        if s["policy"] == "inactivity"
        else _("%(points)s expired", points=words.points(s["points"]))
    ),
    "reinstated": lambda s: _(
        "The shop gave you back %(points)s that had expired", points=words.points(s["points"])
    ),
    "adjusted": lambda s: (
        _("The shop gave you %(points)s by hand", points=words.points(s["points"]))
        if s["points"] > 0
        else _("The shop took %(points)s back by hand", points=words.points(-s["points"]))
    ),
}
