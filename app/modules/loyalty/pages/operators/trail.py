"""`/platform/audit`: what operators did, company by company, the latest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from .....guards import guarded
from ... import reports
from ...reports import Act
from . import labels
from .blueprint import pages

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One act as the desk tells it: a sentence, `before → after`, and when."""

    text: str
    change: str
    when: datetime


@pages.get("/audit")
@guarded("platform", "platform")
def audit_trail() -> str:
    """A page of it; `?before=` an entry's id."""
    before = _before()
    found = reports.acts(limit=A_PAGE + 1, before=before)
    shown = found[:A_PAGE]
    older = url_for(".audit_trail", before=shown[-1].entry.id) if len(found) > A_PAGE else None
    return render_template(
        "loyalty/operators/audit.html",
        acts=told(shown),
        older=older,
        newest=url_for(".audit_trail") if before is not None else None,
    )


def told(acts: Sequence[Act]) -> list[Told]:
    """The acts in words."""
    return [
        Told(_sentence(act), _change(act.entry.act, act.entry.figures), act.entry.occurred_at)
        for act in acts
    ]


def _sentence(act: Act) -> str:
    """`Ada Lorang closed Salon Onze`; one's own name is the reader's `You`."""
    mine = act.entry.user_id == g.user.user.id
    figures = act.entry.figures
    name = _NAMED.get(act.entry.act)
    named = name(figures) if name else act.entry.act
    who = {"who": _("You") if mine else act.user, "company": act.company, "what": named}
    said = _SENTENCES.get(act.entry.act)
    sentence = said() if said else _("%(who)s at %(company)s: %(what)s")
    return str(sentence % who)


def _change(act: str, figures: dict[str, Any]) -> str:
    """`left to them → no`; the figures of any other act."""
    if act in _STATES:
        return " → ".join(_STATES[act]())
    if "before" in figures and "after" in figures:
        return f"{_word(figures['before'])} → {_word(figures['after'])}"
    if act in _SENTENCES:
        return ""
    return ", ".join(f"{name} {value}" for name, value in figures.items())


def _word(value: Any) -> str:
    words = {"None": _("left to them"), "True": _("yes"), "False": _("no")}
    return words.get(str(value), str(value))


def _before() -> int | None:
    typed = request.args.get("before", "")
    fits = typed.isascii() and typed.isdigit() and len(typed) <= 19
    return int(typed) if fits and int(typed) < 2**63 else None


# `%(who)s` and its fellows are filled in above, so that each sentence is translated whole.
_SENTENCES: dict[str, Callable[[], str]] = {
    "operator.setting": lambda: _("%(who)s set for %(company)s: %(what)s"),
    "company.closed": lambda: _("%(who)s closed %(company)s"),
    "company.open": lambda: _("%(who)s opened %(company)s again"),
    "schedule.hurried": lambda: _("%(who)s ran a job of %(company)s at once: %(what)s"),
    "event.replayed": lambda: _("%(who)s had a letter of %(company)s tried again"),
}
_NAMED: dict[str, Callable[[dict[str, Any]], str]] = {
    "operator.setting": lambda f: labels.settings().get(f.get("name", ""), f.get("name", "")),
    "schedule.hurried": lambda f: labels.job(f.get("kind", "")),
}
_STATES: dict[str, Callable[[], tuple[str, str]]] = {
    "company.closed": lambda: (_("open"), _("closed")),
    "company.open": lambda: (_("closed"), _("open")),
}
