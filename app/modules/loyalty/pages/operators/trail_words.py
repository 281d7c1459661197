"""Acts in words: `Ada Lorang closed Salon Onze`, and what it was before and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext as _

from ...reports import Act
from ...wallet.standing import NAMES
from . import labels


@dataclass(frozen=True, slots=True)
class Told:
    """One act as the desk tells it: a sentence, `before → after`, and when."""

    text: str
    change: str
    when: datetime


def told(acts: Sequence[Act]) -> list[Told]:
    """The acts in words."""
    return [
        Told(_sentence(act), _change(act.entry.act, act.entry.figures), act.entry.occurred_at)
        for act in acts
    ]


def named(act: str) -> str:
    """The kind of act, to choose from."""
    known = {
        "company.opened": _("A company opened"),
        "company.closed": _("A company closed"),
        "company.open": _("A company opened again"),
        "operator.setting": _("A company’s setting"),
        "schedule.hurried": _("A job run at once"),
        "event.replayed": _("A letter tried again"),
        "events.replayed": _("Letters tried again"),
        "wallet.credentials-set": _("A wallet’s credentials given"),
        "wallet.credentials-removed": _("A wallet’s credentials taken away"),
        "wallet.went-on": _("A stopped wallet that goes on"),
        "wallet.resumed": _("A stopped wallet let go on by the desk"),
    }
    return known.get(act, act)


def _sentence(act: Act) -> str:
    """One's own name is the reader's `You`; who is no operator stays unnamed."""
    figures = act.entry.figures
    name = _NAMED.get(act.entry.act)
    what = name(figures) if name else act.entry.act
    said = _SENTENCES.get(act.entry.act)
    sentence = said() if said else _("%(who)s at %(company)s: %(what)s")
    return str(sentence % {"who": _who(act), "company": act.company, "what": what})


def _who(act: Act) -> str:
    if act.entry.user_id == g.user.user.id:
        return _("You")
    if act.entry.user_id is None:
        return _("Nobody signed in")
    if act.by_operator or act.entry.act in _SENTENCES:
        return act.user or _("Somebody")
    return _("Somebody of the office")


def _change(act: str, figures: dict[str, Any]) -> str:
    """`left to them → no`; the figures of any other act."""
    if act in _STATES:
        return " → ".join(_STATES[act]())
    if "before" in figures and "after" in figures:
        return f"{_word(figures['before'])} → {_word(figures['after'])}"
    if act == "events.replayed":
        return str(figures.get("number", ""))
    if act in _SENTENCES:
        return ""
    return ", ".join(f"{name} {value}" for name, value in figures.items())


def _word(value: Any) -> str:
    words = {"None": _("left to them"), "True": _("yes"), "False": _("no")}
    return words.get(str(value), str(value))


# `%(who)s` and its fellows are filled in above, so that each sentence is translated whole.
_SENTENCES: dict[str, Callable[[], str]] = {
    "operator.setting": lambda: _("%(who)s set for %(company)s: %(what)s"),
    "company.opened": lambda: _("%(who)s opened %(company)s"),
    "company.closed": lambda: _("%(who)s closed %(company)s"),
    "company.open": lambda: _("%(who)s opened %(company)s again"),
    "schedule.hurried": lambda: _("%(who)s ran a job of %(company)s at once: %(what)s"),
    "event.replayed": lambda: _("%(who)s had a letter of %(company)s tried again"),
    "events.replayed": lambda: _("%(who)s had letters of %(company)s tried again: %(what)s"),
    "wallet.resumed": lambda: _("%(who)s let a wallet of %(company)s go on: %(what)s"),
}
_NAMED: dict[str, Callable[[dict[str, Any]], str]] = {
    "operator.setting": lambda f: labels.settings().get(f.get("name", ""), f.get("name", "")),
    "schedule.hurried": lambda f: labels.job(f.get("kind", "")),
    "events.replayed": lambda f: labels.event(f.get("kind", "")),
    "wallet.resumed": lambda f: NAMES.get(f.get("platform", ""), ""),
    "wallet.credentials-set": lambda _f: _("credentials of a wallet were given"),
    "wallet.credentials-removed": lambda _f: _("credentials of a wallet were taken away"),
}
_STATES: dict[str, Callable[[], tuple[str, str]]] = {
    "company.opened": lambda: ("–", _("open")),
    "company.closed": lambda: (_("open"), _("closed")),
    "company.open": lambda: (_("closed"), _("open")),
}
