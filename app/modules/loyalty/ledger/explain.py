"""One stored step, told in three voices: to a cashier, to the customer, to a programmer.

The step's code and figures are stored with the line; the sentences are not, except in the
API's kept answer, which speaks English. The two human voices speak the company's language,
so they need an application context.
"""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from .decision import Step

CASHIER, CUSTOMER, PROGRAMMER = "cashier", "customer", "programmer"

_Told = dict[str, Callable[[Step], str]]


def say(step: Step, voice: str) -> str:
    """The step's sentence in one voice; an unknown code (from a later version) tells itself."""
    told_by = _VOICES[voice].get(step["code"])
    return told_by(step) if told_by else str(step["code"])


def told(step: Step) -> dict[str, Any]:
    """The step for a programmer: code, figures and the sentence."""
    figures = {name: value for name, value in step.items() if name != "code"}
    return {"code": step["code"], "figures": figures, "sentence": say(step, PROGRAMMER)}


def _at(step: Step, with_shop: str, without: str) -> str:
    """Lines written by a key need no shop."""
    return with_shop if step["vendor"] else without


_TO_THE_CASHIER: _Told = {
    "stamps-given": lambda s: _at(
        s,
        ngettext(
            "%(num)s stamp, given at %(vendor)s",
            "%(num)s stamps, given at %(vendor)s",
            s["quantity"],
            vendor=s["vendor"],
        ),
        ngettext("%(num)s stamp", "%(num)s stamps", s["quantity"]),
    ),
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
}

_TO_THE_CUSTOMER: _Told = {
    "stamps-given": lambda s: _at(
        s,
        ngettext(
            "%(num)s stamp at %(vendor)s",
            "%(num)s stamps at %(vendor)s",
            s["quantity"],
            vendor=s["vendor"],
        ),
        ngettext("%(num)s stamp", "%(num)s stamps", s["quantity"]),
    ),
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
}

# Stored with the answer and compared byte by byte on a replay: English, and never changed.
_ENGLISH = {
    "stamps-given": "quantity {quantity} at vendor {vendor}",
    "stamps-counted": "stamps_balance {before} -> {after}, target {target}",
    "reward-ready": "rewards_ready {ready}: {reward}",
    "day-counted": "daily count {count} of cap {cap}",
    "reward-taken": "stamps reward {reward} redeemed, target {target}",
    "stamps-kept": "stamps_balance {before} -> {after}, carried over",
    "stamps-undone": "reverses sequence {sequence}, quantity {quantity}",
    "day-given-back": "daily count {count}, cooldown unchanged",
    "welcome-bonus": "welcome_bonus_points {points}, once per person",
}
_TO_A_PROGRAMMER: _Told = {code: sentence.format_map for code, sentence in _ENGLISH.items()}

_VOICES: dict[str, _Told] = {
    CASHIER: _TO_THE_CASHIER,
    CUSTOMER: _TO_THE_CUSTOMER,
    PROGRAMMER: _TO_A_PROGRAMMER,
}
