"""`/admin/`: a week in a few true figures, and what wants a decision."""

from datetime import date, timedelta

from flask import g, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from ..... import clock
from .....accounts.pages import own_shop
from .....guards import guarded
from ... import programs, reports
from ...reports import Overview, Week
from . import dates, overview_words, reach
from .blueprint import pages


@pages.get("/")
@guarded("admin", "overview")
def overview() -> str:
    """This week so far, or the one that holds `?week=YYYY-MM-DD`, against the one before."""
    rules = programs.current()
    today = clock.business_day(clock.now(), g.company.timezone)
    week = reports.week_of(_asked(today), g.company.timezone)
    here = own_shop()
    seen = reports.overview(
        week,
        stamps_target=rules.stamps_target,
        vendor_id=reports.ANY_SHOP if here is None else here,
    )
    todo = [
        thing
        for thing in reports.waiting(rules, own_shop=here, user_id=g.user.user.id)
        if thing.permission in g.permissions
    ]
    return render_template(
        "loyalty/admin/overview.html",
        seen=seen,
        rules=rules,
        finding=_finding(seen),
        span=_span(week),
        charts=overview_words.charts(seen, rules),
        columns=overview_words.columns(rules),
        owed=overview_words.owed(seen.standing, rules) if seen.standing else None,
        here=reach.own_shop_name(),
        todo=todo,
        wants=_wants(len(todo)),
        earlier=(week.monday - timedelta(days=7)).isoformat(),
        later=None if week.running else (week.monday + timedelta(days=7)).isoformat(),
    )


def _asked(today: date) -> date:
    try:
        asked = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return today
    return max(asked, date(2000, 1, 3))


def _finding(seen: Overview) -> str:
    """The page's heading: what this week's figures say, in one sentence."""
    now, before = seen.now.came_by, seen.before.came_by
    if seen.standing and not seen.standing.members:
        return _("Nobody has joined yet")
    if not now:
        return _("Nobody has come by yet") if seen.week.running else _("Nobody came by")
    came = ngettext(
        "One member came by", "%(number)s members came by", now, number=dates.number(now)
    )
    if now == before:
        return _("%(came)s, as many as the week before", came=came)
    more, less = now - before, before - now
    if more > 0:
        return _("%(came)s, %(more)s more than the week before", came=came, more=dates.number(more))
    return _("%(came)s, %(less)s fewer than the week before", came=came, less=dates.number(less))


def _wants(things: int) -> str:
    """`Four things want a decision`: small numbers in words, as one would say it."""
    few = (_("Two"), _("Three"), _("Four"), _("Five"), _("Six"), _("Seven"), _("Eight"))
    if not things:
        return _("Nothing wants a decision")
    number = few[things - 2] if 2 <= things < 2 + len(few) else str(things)
    return ngettext(
        "One thing wants a decision", "%(number)s things want a decision", things, number=number
    )


def _span(week: Week) -> str:
    first, last = dates.day(week.monday, "d MMM"), dates.day(week.last)
    if week.running:
        return _(
            "This week so far, %(first)s to %(last)s,"
            " against the same whole days of the week before.",
            first=first,
            last=last,
        )
    return _("%(first)s to %(last)s, against the week before.", first=first, last=last)
