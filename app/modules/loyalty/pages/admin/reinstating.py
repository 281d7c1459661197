"""`/admin/transactions/<id>/reinstate`: giving back what expired, seen before it is done."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....extensions import db
from .....guards import guarded
from ... import cards, expiry
from ...ledger.explain import words
from .. import once
from . import lines
from .blueprint import pages

LONGEST_REASON = 200
Page = str | tuple[str, int]


@pages.get("/transactions/<int:transaction_id>/reinstate")
@guarded("admin", "adjust")
def reinstate_preview(transaction_id: int) -> str:
    """What giving the points back would do; a line that never expired anything stays."""
    return _page(transaction_id)


@pages.post("/transactions/<int:transaction_id>/reinstate")
@guarded("admin", "adjust")
def reinstate(transaction_id: int) -> Response | Page:
    """Give them back, with the reason; raises what `expiry.reinstate` raises."""
    reason = " ".join(request.form.get("reason", "").split())
    tried = once.attempt(reason)
    if not (1 <= len(reason) <= LONGEST_REASON and reason.isprintable()):
        unsaid = _("Say why, in at most %(most)s characters.", most=LONGEST_REASON)
        return _page(transaction_id, reason=reason, unsaid=unsaid), 422
    posted = expiry.reinstate(transaction_id, reason=reason, by=g.actor, attempt=tried)
    db.session.commit()
    flash(_("Given back. The new line says by whom, and why."), "done")
    return redirect(url_for(".transaction", transaction_id=posted.transaction_id), 303)


def _page(transaction_id: int, *, reason: str = "", unsaid: str | None = None) -> str:
    line = lines.find(transaction_id)
    before = cards.find(line.card).points_balance if line.can_be_reinstated else 0
    return render_template(
        "loyalty/admin/reinstate.html",
        line=line,
        points=words.points(-line.row.points),
        balances=f"{words.number(before)} → {words.number(before - line.row.points)}",
        repaid=min(max(0, -before), -line.row.points),
        kept_days=expiry.KEPT_DAYS,
        reason=reason,
        unsaid=unsaid,
        key=request.form.get("key") or once.new_key(),
        most=LONGEST_REASON,
    )
