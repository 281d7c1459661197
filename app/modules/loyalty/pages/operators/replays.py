"""Running a job at once, and trying again what was given up; each in its company, and audited."""

from functools import partial
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from ..... import audit, clock, schedules, text
from .....errors import NotFound
from .....extensions import db
from .....guards import guarded
from .....outbox import DEAD, PENDING, OutboxEvent
from . import labels
from .blueprint import pages
from .company import as_company, close

_LONGEST = 40
_COMPANIES_AT_ONCE = 200


@pages.post("/companies/<int:company_id>/jobs/<string:kind>/run")
@guarded("platform", "platform")
def run_now(company_id: int, kind: str) -> Response:
    """Let a job be due at once; whoever runs schedules takes it up within a second or two."""
    if kind not in schedules.KINDS:
        raise NotFound()
    by = g.user.user.id

    def hurry() -> None:
        if not schedules.run_now(kind):
            raise NotFound()
        audit.record("schedule.hurried", subject_id=company_id, by=by, kind=kind)

    as_company(company_id, hurry, commit=True)
    flash(_("%(job)s: it is due now.", job=labels.job(kind)), "done")
    return _back(company_id)


@pages.post("/companies/<int:company_id>/events/<int:event_id>/replay")
@guarded("platform", "platform")
def replay(company_id: int, event_id: int) -> Response:
    """Try a dead letter anew, from its first try."""
    by = g.user.user.id

    def again() -> None:
        if not _again(OutboxEvent.id == event_id):
            raise NotFound()
        audit.record("event.replayed", subject_id=event_id, by=by)

    as_company(company_id, again, commit=True)
    flash(_("It is tried again."), "done")
    return _back(company_id)


@pages.post("/jobs/letters/replay")
@guarded("platform", "platform")
def replay_all() -> Response:
    """Try all dead letters of a kind anew, company by company; as many companies at once as fit
    one press. Pressed again, it goes on with what is left."""
    kind, by = request.form.get("kind", "")[:_LONGEST], g.user.user.id
    if text.has_controls(kind):  # what no column can hold is not found
        raise NotFound()
    found = select(OutboxEvent.company_id).where(
        OutboxEvent.state == DEAD, OutboxEvent.kind == kind
    )
    companies = db.session.scalars(found.distinct().limit(_COMPANIES_AT_ONCE)).all()
    if not companies:
        raise NotFound("Nothing of that kind was given up, or all of it is tried again already.")

    def again(company_id: int) -> int:
        number = _again(OutboxEvent.kind == kind)
        if number:
            audit.record("events.replayed", subject_id=company_id, by=by, kind=kind, number=number)
        return number

    close()
    number = sum(as_company(each, partial(again, each), commit=True) for each in companies)
    flash(
        ngettext("One letter is tried again.", "%(num)s letters are tried again.", number), "done"
    )
    return redirect(url_for("platform.desk.jobs"), 303)


def _again(which: Any) -> int:
    """How many of these dead letters of the acting company wait again."""
    waiting = {"state": PENDING, "attempts": 0, "due_at": clock.now(), "leased_until": None}
    again = update(OutboxEvent).where(which, OutboxEvent.state == DEAD).values(**waiting)
    return len(db.session.scalars(again.returning(OutboxEvent.id)).all())


def _back(company_id: int) -> Response:
    """To the page that the button stood on: the company's, or the jobs'."""
    if request.form.get("back") == "company":
        return redirect(url_for("platform.desk.company", company_id=company_id), 303)
    return redirect(url_for("platform.desk.jobs"), 303)
