"""`/platform/`: every company with its programme, its figures and its health."""

from flask import render_template

from ..... import clock
from .....guards import guarded
from ... import reports
from . import turning
from .blueprint import pages
from .trail_words import told

LATEST_ACTS = 3


@pages.get("/")
@guarded("platform", "platform")
def companies() -> str:
    """The list; those that need somebody stand first."""
    standings = reports.standings()
    found = turning.found(standings, lambda one: one.company)
    return render_template(
        "loyalty/operators/companies.html",
        turn=turning.turn(found, lambda one: one.company),
        every=len(standings),
        ailing=sum(1 for one in standings if not one.well and one.company.status == "open"),
        did=told(reports.acts(limit=LATEST_ACTS)),
        verified=reports.verified(),
        now=clock.now(),
        q=turning.sought(),
    )
