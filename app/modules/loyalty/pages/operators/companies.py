"""`/platform/`: every company with its programme, its figures and its health."""

from flask import render_template

from ..... import clock
from .....guards import guarded
from ... import reports
from . import trail
from .blueprint import pages

LATEST_ACTS = 3


@pages.get("/")
@guarded("platform", "platform")
def companies() -> str:
    """The list; those that need somebody stand first."""
    standings = reports.standings()
    return render_template(
        "loyalty/operators/companies.html",
        standings=standings,
        ailing=sum(1 for one in standings if not one.well and one.company.status == "open"),
        did=trail.told(reports.acts(limit=LATEST_ACTS)),
        verified=reports.verified(),
        now=clock.now(),
    )
