"""The few words of ours on Google's cards, which its wallet shows in the phone's own language."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask_babel import force_locale, get_babel, get_locale
from flask_babel import gettext as _

Label = Callable[[], str]


def name() -> str:
    return str(_("Name"))


def number() -> str:
    return str(_("Card number"))


def stamps() -> str:
    return str(_("Stamps"))


def points() -> str:
    return str(_("Points"))


def here(label: Label, longest: int) -> str:
    """The word in the language that is spoken now."""
    return label()[:longest]


def localized(label: Label, longest: int) -> dict[str, Any]:
    """The word in every language there is: by default as it is spoken now."""
    spoken = str(get_locale()).replace("_", "-")
    others = [tag for tag in _languages() if tag != spoken.partition("-")[0]]
    translated = [{"language": tag, "value": _in(tag, label, longest)} for tag in others]
    default = {"language": spoken, "value": here(label, longest)}
    return {"defaultValue": default, "translatedValues": translated}


def _in(tag: str, label: Label, longest: int) -> str:
    with force_locale(tag):
        return here(label, longest)


@lru_cache(maxsize=1)
def _languages() -> tuple[str, ...]:
    """`de`, `en`, `fr`: those that a catalogue is there for, and our own."""
    known = get_babel().instance.list_translations()
    return tuple(sorted({str(locale.language) for locale in known} | {"en"}))
