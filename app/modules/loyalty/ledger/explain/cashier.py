"""Each step to a cashier: what happened, with its figures."""

from flask_babel import gettext as _
from flask_babel import ngettext

from ..decision import Step
from . import shared, words
from .voices import Told


def _stamps_given(s: Step) -> str:
    if not s["vendor"]:  # written by a key that named no shop
        return words.stamps(s["quantity"])
    return ngettext(
        "%(num)s stamp, given at %(vendor)s",
        "%(num)s stamps, given at %(vendor)s",
        s["quantity"],
        vendor=s["vendor"],
    )


def _sale(s: Step) -> str:
    amount = words.money(s["amount_minor"])
    if not s["vendor"]:
        return _("Sale of %(amount)s", amount=amount)
    return _("Sale of %(amount)s at %(vendor)s", amount=amount, vendor=s["vendor"])


def _tier_moved(s: Step) -> str:
    lifetime = words.points(s["lifetime_points"])
    if s["to"] is None:
        return _("No tier any more, with %(lifetime)s collected", lifetime=lifetime)
    figures = {"tier": s["to"], "lifetime": lifetime}
    if s["multiplier_bp"] == words.PLAIN_BP:
        return _("%(tier)s now, with %(lifetime)s collected", **figures)
    times = words.times(s["multiplier_bp"])
    return _(
        "%(tier)s now, with %(lifetime)s collected: × %(times)s from the next sale",
        times=times,
        **figures,
    )


SENTENCES: Told = shared.SENTENCES | {
    "stamps-given": _stamps_given,
    "stamps-counted": lambda s: ngettext(
        "%(before)s → %(after)s of %(num)s stamp",
        "%(before)s → %(after)s of %(num)s stamps",
        s["target"],
        before=s["before"],
        after=s["after"],
    ),
    "reward-ready": lambda s: ngettext(
        "%(reward)s is ready", "%(num)s × %(reward)s are ready", s["ready"], reward=s["reward"]
    ),
    "day-counted": lambda s: _("%(count)s of %(cap)s today", count=s["count"], cap=s["cap"]),
    "reward-taken": lambda s: ngettext(
        "%(reward)s, given for %(num)s stamp",
        "%(reward)s, given for %(num)s stamps",
        s["target"],
        reward=s["reward"],
    ),
    "stamps-kept": lambda s: ngettext(
        "%(num)s stamp stays on the card", "%(num)s stamps stay on the card", s["after"]
    ),
    "stamps-undone": lambda s: ngettext(
        "%(num)s stamp taken back", "%(num)s stamps taken back", s["quantity"]
    ),
    "day-given-back": lambda s: _("It no longer counts for today; the waiting time stays"),
    "welcome-bonus": lambda s: ngettext(
        "%(num)s point to welcome them", "%(num)s points to welcome them", s["points"]
    ),
    "sale": _sale,
    "tier": lambda s: _(
        "%(tier)s: × %(times)s", tier=s["tier"], times=words.times(s["multiplier_bp"])
    ),
    "capped": lambda s: _(
        "A sale gives %(cap)s at most: %(lost)s over it",
        cap=words.points(s["cap"]),
        lost=words.number(s["lost"]),
    ),
    "points-counted": lambda s: _(
        "%(before)s → %(after)s points",
        before=words.number(s["before"]),
        after=words.number(s["after"]),
    ),
    "tier-reached": _tier_moved,
    "tier-lost": _tier_moved,
    "reward-redeemed": lambda s: _(
        "%(reward)s, given for %(price)s", reward=s["reward"], price=words.price(s)
    ),
    "debt-forgiven": lambda s: ngettext(
        "%(points)s point of debt is forgiven",
        "%(points)s points of debt are forgiven",
        s["points"],
        points=words.number(s["points"]),
    ),
    "expired": lambda s: ngettext(
        "%(points)s point expired",
        "%(points)s points expired",
        s["points"],
        points=words.number(s["points"]),
    ),
    "reinstated": lambda s: _(
        "%(points)s given back after they expired: %(reason)s", **shared.by_hand(s)
    ),
    "adjusted": lambda s: (
        _("%(points)s given by hand: %(reason)s", **shared.by_hand(s))
        if s["points"] > 0
        else _("%(points)s taken by hand: %(reason)s", **shared.by_hand(s))
    ),
}
