"""`/platform/companies/<id>`: one company in full, and the operator's word on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import clock, tenancy
from .....accounts.companies import Company
from .....errors import NotFound
from .....extensions import db
from .....guards import guarded
from .....money import show
from ... import programs, reports
from ...programs import settings
from ...reports import premises, programmes, queues
from ...reports.trail import Sought
from ...wallet import board
from ...wallet import standing as wallets
from ...wallet.standing import NAMES
from . import labels
from .blueprint import pages
from .trail_words import told

LATEST_ACTS = 8
MOST_LETTERS = 20
_WORDS = {"": None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Allowed:
    """One of the operator's settings: their word (None leaves it to the company), the company's
    own value, and so what holds."""

    name: str
    label: str
    word: bool | None
    own: bool

    @property
    def typed(self) -> str:
        return next(typed for typed, word in _WORDS.items() if word is self.word)

    @property
    def holds(self) -> bool:
        return self.own if self.word is None else self.word


@pages.get("/companies/<int:company_id>")
@guarded("platform", "platform")
def company(company_id: int) -> str:
    """Its figures, its programme, its premises, its jobs, and what operators did there."""
    found = find(company_id)
    did = told(reports.acts(limit=LATEST_ACTS, sought=Sought(company_id=company_id)))
    return render_template(
        "loyalty/operators/company.html",
        one=found,
        did=did,
        labels=labels,
        now=clock.now(),
        there=_there(found.timezone),
        money=show,
        **as_company(company_id, lambda: _within(company_id)),
    )


@pages.post("/companies/<int:company_id>/settings")
@guarded("platform", "platform")
def company_settings(company_id: int) -> Response:
    """Set the operator's word; an unknown one is left to the company."""
    find(company_id)
    words = {name: _WORDS.get(request.form.get(name, "")) for name in settings.NAMES}
    as_company(company_id, lambda: settings.say(by=g.user.user.id, **words), commit=True)
    flash(_("Set. It beats what the company says."), "done")
    return redirect(url_for("platform.desk.company", company_id=company_id), 303)


def find(company_id: int) -> Company:
    """The company; raises `NotFound`."""
    found = db.session.get(Company, company_id)
    if found is None:
        raise NotFound("There is no such company.")
    return found


def as_company(company_id: int, work: Callable[[], Any], *, commit: bool = False) -> Any:
    """What `work` answers when the company acts: a transaction keeps its company, so this is one
    of its own. What was read before and in it stays readable."""
    close()
    with tenancy.acting_as(company_id):
        answer = work()
        if commit:
            db.session.commit()
        close()
    return answer


def close() -> None:
    """End the open transaction; what it read stays readable."""
    db.session.expunge_all()
    db.session.rollback()


def _within(company_id: int) -> dict[str, Any]:
    (standing,) = reports.standings(company_id)
    (programme,) = programmes.programmes(company_id)
    schedules = queues.schedules(limit=50)
    return {
        "standing": standing,
        "programme": programme,
        "premises": premises.premises(),
        "settings": _settings(programme.program is not None),
        "schedules": schedules,
        "verified": next((row for row, _name in schedules if row.kind == "verify"), None),
        "queues": queues.queues(),
        "dead": queues.dead_letters(limit=MOST_LETTERS),
        "days": programmes.DAYS,
        "wallets": wallets.of_company(),
        "tallies": {tally.platform: tally for tally in board.of_company(company_id)},
        "platforms": NAMES,
    }


def _settings(running: bool) -> list[Allowed]:
    """In the order of the form. Only the PIN is the company's to decide; the rest is given."""
    word = settings.said()
    pin = programs.current().require_staff_pin if running else True
    own = dict.fromkeys(settings.NAMES, True) | {"require_staff_pin": pin}
    return [
        Allowed(name, label, getattr(word, name) if word else None, own[name])
        for name, label in labels.settings().items()
    ]


def _there(zone: str) -> Callable[[datetime, str], str]:
    """The desk tells times in UTC; this tells them as the company's clocks do."""
    place = clock.zone(zone)

    def told(moment: datetime, pattern: str) -> str:
        return str(format_datetime(moment.astimezone(place), pattern, rebase=False))

    return told
