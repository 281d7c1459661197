"""One stored step as a sentence."""

from typing import Any

from ..decision import Step
from . import cashier, customer, programmer
from .voices import CASHIER, CUSTOMER, PROGRAMMER, Told

VOICES: dict[str, Told] = {
    CASHIER: cashier.SENTENCES,
    CUSTOMER: customer.SENTENCES,
    PROGRAMMER: programmer.SENTENCES,
}


def say(step: Step, voice: str) -> str:
    """The step's sentence in one voice; an unknown code (from a later version) tells itself."""
    told_by = VOICES[voice].get(step["code"])
    return told_by(step) if told_by else str(step["code"])


def told(step: Step) -> dict[str, Any]:
    """The step for a programmer: code, figures and the sentence."""
    figures = {name: value for name, value in step.items() if name != "code"}
    return {"code": step["code"], "figures": figures, "sentence": say(step, PROGRAMMER)}
