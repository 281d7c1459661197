"""`/platform/wallet`: the passes of all companies, and what keeps them from their platforms."""

from collections.abc import Sequence
from datetime import timedelta

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..... import clock
from .....accounts.companies import Company
from .....errors import NotFound
from .....extensions import db
from .....guards import guarded
from ...wallet import PLATFORMS, board, keeping, standing
from ...wallet.board import Tally
from ...wallet.credentials import apple
from ...wallet.standing import NAMES, NONE
from .blueprint import pages
from .company import as_company, find

A_PAGE = 50
MOST_COMPLAINTS = 30


@pages.get("/wallet")
@guarded("platform", "platform")
def wallets() -> str:
    """What is in trouble first: stopped channels, certificates that end, companies whose passes
    wait; then what phones say. A constant number of statements."""
    tallies, now = board.tallies(), clock.now()
    stopped = board.stopped(A_PAGE + 1)
    complaints = board.complaints(MOST_COMPLAINTS)
    ailing = sorted(tallies, key=lambda t: (-t.late, -t.failing, -t.stale, -t.passes))[:A_PAGE]
    named = {t.company_id for t in ailing} | {each.of_company for each in complaints}
    return render_template(
        "loyalty/operators/wallets.html",
        finding=_finding(tallies, len(stopped)),
        totals={platform: _total(platform, tallies) for platform in PLATFORMS},
        stopped=stopped[:A_PAGE],
        more_stopped=len(stopped) > A_PAGE,
        ending=board.ending(now + timedelta(days=apple.WARNED_DAYS[0]), A_PAGE),
        installed=[one for one in standing.of_installation() if one.whose != NONE],
        tallies=ailing,
        companies=len({t.company_id for t in tallies}),
        complaints=complaints,
        names=_names(named),
        platforms=NAMES,
        days_left=apple.days_left,
        now=now,
    )


@pages.post("/companies/<int:company_id>/wallet/<string:platform>/go-on")
@guarded("platform", "platform")
def wallet_go_on(company_id: int, platform: str) -> Response:
    """Let a stopped channel of a company send again."""
    if platform not in PLATFORMS:
        raise NotFound("There is no such wallet.")
    name, by = find(company_id).name, g.user.user.id

    def go_on() -> bool:
        return keeping.go_on(platform, by=by, act="wallet.resumed")

    as_company(company_id, go_on, commit=True)
    flash(_("%(wallet)s of %(company)s goes on.", wallet=NAMES[platform], company=name), "done")
    return redirect(url_for("platform.desk.wallets"), 303)


def _finding(tallies: Sequence[Tally], stopped: int) -> str:
    if stopped:
        return ngettext("One channel has stopped", "%(num)s channels have stopped", stopped)
    late = sum(tally.late for tally in tallies)
    if late:
        return ngettext("One pass is late", "%(num)s passes are late", late)
    if not tallies:
        return _("Nobody has a pass yet")
    return _("Every pass is true, or under way")


def _total(platform: str, tallies: Sequence[Tally]) -> Tally:
    """Of all companies; a phone with passes of two is counted twice."""
    own = [tally for tally in tallies if tally.platform == platform]
    names = Tally.__slots__[2:]
    return Tally(0, platform, *(sum(getattr(tally, name) for tally in own) for name in names))


def _names(ids: set[int | None]) -> dict[int, str]:
    known = [each for each in ids if each is not None]
    query = select(Company.id, Company.name).where(Company.id.in_(known))
    return dict(db.session.execute(query).all())
