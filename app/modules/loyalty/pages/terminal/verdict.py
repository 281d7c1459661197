"""The verdict: the whole screen says what happened, then returns to ready."""

from flask import g, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from .....guards import guarded
from ...ledger.explain import CASHIER, say
from . import frame, lines
from .blueprint import pages
from .lines import Line

RETURN_SECONDS = 6
_IN_THE_FIGURES = ("stamps-counted", "stamps-kept")  # before → after stands above the steps


@pages.get("/verdicts/<int:transaction_id>")
@guarded("staff", "serve")
def verdict(transaction_id: int) -> str:
    """What one line did, in words; reading it again changes nothing."""
    line = lines.find(transaction_id)
    row, rules = line.row, line.rules
    ready = lines.is_ready(row, rules) and not row.reverses_id
    elsewhere = (*_IN_THE_FIGURES, "reward-ready") if ready else _IN_THE_FIGURES
    return render_template(
        "loyalty/terminal/verdict.html",
        kind="done",
        line=line,
        heading=_heading(line),
        steps=[say(step, CASHIER) for step in row.steps if step["code"] not in elsewhere],
        counts_stamps=row.stamps != 0 or not row.points,
        before=row.stamps_after - row.stamps,
        before_points=row.points_after - row.points,
        target=rules.stamps_target,
        inked=_inked(row.stamps_after, rules.stamps_target),
        ready=ready,
        may_undo=line.undoable_by(g.actor),
        when=frame.time_of_day(row.occurred_at),
        return_seconds=RETURN_SECONDS,
        next_url=frame.ready_url(),
        new_key=frame.new_key,
    )


def _heading(line: Line) -> str:
    row, who = line.row, line.customer.first_name or _("this customer")
    if row.type == "stamps_added":
        return ngettext("A stamp for %(who)s.", "%(num)s stamps for %(who)s.", row.stamps, who=who)
    if row.type == "stamps_redeemed":
        return _("%(reward)s for %(who)s.", reward=line.rules.stamps_reward_name, who=who)
    if row.type == "voided":
        return ngettext(
            "%(who)s’s stamp is taken back.",
            "%(who)s’s %(num)s stamps are taken back.",
            -row.stamps,
            who=who,
        )
    return ngettext(
        "%(num)s point for %(who)s.", "%(num)s points for %(who)s.", row.points, who=who
    )


def _inked(balance: int, target: int) -> int:
    """How much of the ring is inked: all of it exactly at a reward, else what follows the last."""
    if balance <= 0:
        return 0
    return balance % target or target
