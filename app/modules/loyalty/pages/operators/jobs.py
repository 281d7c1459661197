"""`/platform/jobs`: what waits, what runs by the clock, what was given up, and what it runs on."""

from flask import render_template, request, url_for

from ..... import clock, schedules
from .....guards import guarded
from ... import reports
from ...reports import installation, queues
from ...reports.health import LATE
from ..admin.paging import number_asked
from . import labels
from .blueprint import pages

A_PAGE = 50
_LONGEST = 40


@pages.get("/jobs")
@guarded("platform", "platform")
def jobs() -> str:
    """What is in trouble stands first: letters given up, jobs that fail or are late; then what
    is well."""
    now, waiting, given_up = clock.now(), queues.queues(), queues.given_up()
    return render_template(
        "loyalty/operators/jobs.html",
        queues=waiting,
        oldest=min((one.oldest for one in waiting if one.oldest), default=None),
        late=sum(one.late for one in waiting),
        given_up=given_up,
        dead=sum(one.number for one in given_up),
        clockworks=queues.clockworks(),
        ailing=queues.schedules(limit=A_PAGE + 1, ailing=True),
        a_page=A_PAGE,
        base=installation.base(),
        runners=installation.runners(),
        verified=reports.verified(),
        labels=labels,
        now=now,
        patience=LATE,
    )


@pages.get("/jobs/schedules")
@guarded("platform", "platform")
def jobs_schedules() -> str:
    """The jobs of one kind (`?kind=`), company by company."""
    typed = request.args.get("kind", "")
    kind = typed if typed in schedules.KINDS else next(iter(schedules.KINDS))
    after = number_asked("after")
    found = queues.schedules(limit=A_PAGE + 1, kind=kind, after=after)
    shown = found[:A_PAGE]
    on = shown[-1][0].company_id if len(found) > A_PAGE else None
    return render_template(
        "loyalty/operators/schedules.html",
        schedules=shown,
        kind=kind,
        kinds=[(each, labels.job(each)) for each in schedules.KINDS],
        on=url_for(".jobs_schedules", kind=kind, after=on) if on else None,
        first=url_for(".jobs_schedules", kind=kind) if after is not None else None,
        labels=labels,
        now=clock.now(),
    )


@pages.get("/jobs/letters")
@guarded("platform", "platform")
def jobs_letters() -> str:
    """What was given up, of one kind (`?kind=`) or of all, the latest first."""
    kind, before = request.args.get("kind", "")[:_LONGEST], number_asked("before")
    found = queues.dead_letters(limit=A_PAGE + 1, kind=kind or None, before=before)
    shown = found[:A_PAGE]
    older = shown[-1][0].id if len(found) > A_PAGE else None
    return render_template(
        "loyalty/operators/letters.html",
        dead=shown,
        kind=kind,
        older=url_for(".jobs_letters", kind=kind, before=older) if older else None,
        newest=url_for(".jobs_letters", kind=kind) if before is not None else None,
        labels=labels,
    )
