"""`/platform/`: every company with its programme, its figures and its health."""

from flask import render_template

from ..... import clock
from .....guards import guarded
from ... import reports
from .blueprint import pages


@pages.get("/")
@guarded("platform", "platform")
def companies() -> str:
    """The list; those that need somebody stand first."""
    standings = reports.standings()
    return render_template(
        "loyalty/operators/companies.html",
        standings=standings,
        ailing=sum(1 for one in standings if not one.well and one.company.status == "open"),
        now=clock.now(),
    )
