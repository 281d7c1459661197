"""Why a reward of the catalogue cannot be had now, reason by reason."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from . import words


def unavailable(figures: dict[str, Any]) -> tuple[str, str]:
    """`reward-not-available`: why, and what would make it a yes."""
    return REASONS[figures["reason"]](figures)


def _had_enough(f: dict[str, Any]) -> str:
    return ngettext(
        "One card can have %(num)s of it, and this one has had it.",
        "One card can have %(num)s of it, and this one has had them.",
        f["per_card_limit"],
    )


REASONS: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "withdrawn": lambda f: (
        _("This reward is no longer given."),
        _("Choose another reward."),
    ),
    "not-yet": lambda f: (
        _("This reward begins on %(day)s.", day=words.day(f["valid_from"])),
        _("It can be taken from that day on."),
    ),
    "ended": lambda f: (
        _("This reward ended on %(day)s.", day=words.day(f["valid_until"])),
        _("Choose another reward."),
    ),
    "not-here": lambda f: (
        _("This shop does not give this reward."),
        _("Another shop of the chain does."),
    ),
    "sold-out": lambda f: (
        _("None of it are left."),
        _("Choose another reward, or wait until there are more."),
    ),
    "had-enough": lambda f: (_had_enough(f), _("Choose another reward.")),
}
