"""One stored step, told in three voices: to a cashier, to the customer, to a programmer.

The step's code and figures are stored with the line; the sentences are not, except in the
API's kept answer, which speaks English.
"""

from typing import Any

from .decision import Step

CASHIER, CUSTOMER, PROGRAMMER = "cashier", "customer", "programmer"

# code: (cashier, customer, programmer). Figures by name; `{stamps}` style, never computed here.
_SENTENCES: dict[str, tuple[str, str, str]] = {
    "stamps-given": (
        "{quantity} given at {vendor}",
        "{quantity} at {vendor}",
        "quantity {quantity} at vendor {vendor}",
    ),
    "stamps-counted": (
        "{before} → {after} of {target}",
        "You now have {after} of {target}",
        "stamps_balance {before} -> {after}, target {target}",
    ),
    "reward-ready": (
        "{reward} is ready",
        "{reward} is yours",
        "rewards_ready {ready}: {reward}",
    ),
    "day-counted": (
        "{count} of {cap} today",
        "{count} of {cap} for today",
        "daily count {count} of cap {cap}",
    ),
    "reward-taken": (
        "{reward} given for {target} stamps",
        "{reward}, for {target} stamps",
        "stamps reward {reward} redeemed, target {target}",
    ),
    "stamps-kept": (
        "{after} stamps stay",
        "{after} stamps stay on your card",
        "stamps_balance {before} -> {after}, carried over",
    ),
    "stamps-undone": (
        "{quantity} taken back",
        "{quantity} taken back: it was given by mistake",
        "reverses sequence {sequence}, quantity {quantity}",
    ),
    "day-given-back": (
        "The day's place is free again; the waiting time stays",
        "It does not count for today",
        "daily count {count}, cooldown unchanged",
    ),
    "welcome-bonus": (
        "{points} points to welcome them",
        "{points} points to welcome you",
        "welcome_bonus_points {points}, once per person",
    ),
}
_VOICES = {CASHIER: 0, CUSTOMER: 1, PROGRAMMER: 2}


def say(step: Step, voice: str) -> str:
    """The step's sentence in one voice; an unknown code (from a later version) tells itself."""
    sentences = _SENTENCES.get(step["code"])
    return sentences[_VOICES[voice]].format_map(step) if sentences else str(step["code"])


def told(step: Step) -> dict[str, Any]:
    """The step for a programmer: code, figures and the sentence."""
    figures = {name: value for name, value in step.items() if name != "code"}
    return {"code": step["code"], "figures": figures, "sentence": say(step, PROGRAMMER)}
