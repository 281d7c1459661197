"""`/platform/jobs`: what runs by the clock, and what was given up and may be tried again."""

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import update
from werkzeug.wrappers import Response

from ..... import audit, clock, schedules, tenancy
from .....errors import NotFound
from .....extensions import db
from .....guards import guarded
from .....outbox import DEAD, PENDING, OutboxEvent
from ... import reports
from . import labels
from .blueprint import pages


@pages.get("/jobs")
@guarded("platform", "platform")
def jobs() -> str:
    """Last run, next run, how long, what came of it; and the dead letters."""
    return render_template(
        "loyalty/operators/jobs.html",
        schedules=reports.schedules(),
        dead=reports.dead_letters(),
        labels=labels,
        now=clock.now(),
    )


@pages.post("/companies/<int:company_id>/jobs/<string:kind>/run")
@guarded("platform", "platform")
def run_now(company_id: int, kind: str) -> Response:
    """Let a job be due at once; whoever runs schedules takes it up within a second or two."""
    if kind not in schedules.KINDS:
        raise NotFound()
    db.session.rollback()  # a transaction keeps its company
    with tenancy.acting_as(company_id):
        if not schedules.run_now(kind):
            raise NotFound()
        audit.record("schedule.hurried", subject_id=company_id, by=g.user.user.id, kind=kind)
        db.session.commit()
    flash(_("It is due now."), "done")
    return redirect(url_for("platform.desk.jobs"), 303)


@pages.post("/companies/<int:company_id>/events/<int:event_id>/replay")
@guarded("platform", "platform")
def replay(company_id: int, event_id: int) -> Response:
    """Try a dead letter anew, from its first try."""
    db.session.rollback()
    with tenancy.acting_as(company_id):
        again = db.session.scalar(
            update(OutboxEvent)
            .where(OutboxEvent.id == event_id, OutboxEvent.state == DEAD)
            .values(state=PENDING, attempts=0, due_at=clock.now(), leased_until=None)
            .returning(OutboxEvent.id)
        )
        if again is None:
            raise NotFound()
        audit.record("event.replayed", subject_id=event_id, by=g.user.user.id)
        db.session.commit()
    flash(_("It is tried again."), "done")
    return redirect(url_for("platform.desk.jobs"), 303)
