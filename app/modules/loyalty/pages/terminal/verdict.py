"""The verdict: the whole screen says what happened, then returns to ready."""

from flask import g, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from .....guards import guarded
from ...ledger import LoyaltyTransaction
from ...ledger.explain import CASHIER, say, words
from ...programs import Rules
from .. import once
from . import found, frame, lines, wording
from .blueprint import pages
from .lines import Line

RETURN_SECONDS = 6
# Said by the figures and leaders above the steps.
_IN_THE_FIGURES = {"stamps-counted", "stamps-kept", "points-counted", "sale", "tier"}
_NOTHING_SAID = {"rate", "category-rate", "rounded-down"}  # the sum in the heading's small print


@pages.get("/verdicts/<int:transaction_id>")
@guarded("staff", "serve")
def verdict(transaction_id: int) -> str:
    """What one press did, in words; reading it again changes nothing."""
    line = lines.find(transaction_id)
    together = [line.row, *lines.written_with(line.row)]
    ready = lines.is_ready(line.row, line.rules) and not line.row.reverses_id
    return render_template(
        "loyalty/terminal/verdict.html",
        kind="wait" if _gave_nothing(line.row) else "done",
        line=line,
        heading=_heading(line),
        steps=[*_steps(together, ready), *_repaid(line.row)],
        counts_points=_counts_points(line.row),
        pairs=_pairs(line, together[-1]),
        ring=_ring(line, together[-1]),
        ready=ready,
        possible=_possible(line, together[-1]),
        may_undo=line.undoable_by(g.actor),
        when=frame.time_of_day(line.row.occurred_at),
        return_seconds=RETURN_SECONDS,
        next_url=frame.ready_url(),
        new_key=once.new_key,
    )


def _heading(line: Line) -> str:
    row, who = line.row, line.customer.first_name or _("this customer")
    if row.type == "stamps_added":
        return ngettext("A stamp for %(who)s.", "%(num)s stamps for %(who)s.", row.stamps, who=who)
    if row.type in ("stamps_redeemed", "points_redeemed"):
        return _("%(reward)s for %(who)s.", reward=wording.reward(row), who=who)
    if row.type == "voided":
        return _taken_back(row, who)
    if not row.points and not row.stamps:
        return _("No points for this sale.")
    if not row.points:
        return ngettext("A stamp for %(who)s.", "%(num)s stamps for %(who)s.", row.stamps, who=who)
    return _("%(points)s for %(who)s.", points=words.points(row.points), who=who)


def _taken_back(row: LoyaltyTransaction, who: str) -> str:
    if row.amount_minor:
        amount = words.money(row.amount_minor)
        return _("%(amount)s returned for %(who)s.", amount=amount, who=who)
    if reward := wording.reward(row):
        return _("%(reward)s for %(who)s is cancelled.", reward=reward, who=who)
    return ngettext(
        "%(who)s’s stamp is taken back.",
        "%(who)s’s %(num)s stamps are taken back.",
        -row.stamps,
        who=who,
    )


def _steps(together: list[LoyaltyTransaction], ready: bool) -> list[str]:
    said_elsewhere = _IN_THE_FIGURES | _NOTHING_SAID | ({"reward-ready"} if ready else set())
    steps = [step for row in together for step in row.steps]
    return [say(step, CASHIER) for step in steps if step["code"] not in said_elsewhere]


def _repaid(row: LoyaltyTransaction) -> list[str]:
    """Where a sale's points went, if the card owed some."""
    owed, left = row.points - row.points_after, -row.points_after
    if row.type != "points_earned" or row.points <= 0 or owed <= 0:
        return []
    if left > 0:
        return [_("They repay what was owed: %(points)s still to go", points=words.points(left))]
    return [_("%(points)s of them repaid what was owed", points=words.number(owed))]


def _pairs(line: Line, last: LoyaltyTransaction) -> list[tuple[str, str]]:
    """The figures that hang from their words: the sale, the tier, before → after."""
    row, rules = line.row, line.rules
    pairs = []
    for step in row.steps:
        if step["code"] == "sale":
            pairs.append((_("Sale"), words.money(step["amount_minor"])))
        if step["code"] == "tier":
            pairs.append((step["tier"], f"× {words.times(step['multiplier_bp'])}"))
    if rules.points or row.points:
        pairs.append((_("Points"), _points_moved(row, last)))
    if rules.stamps or row.stamps:
        pairs.append((_("Stamps"), _stamps_moved(row, last, rules)))
    return pairs


def _points_moved(row: LoyaltyTransaction, last: LoyaltyTransaction) -> str:
    before, after = row.points_after - row.points, words.number(last.points_after)
    if before == last.points_after:
        return _("%(figure)s, as before", figure=after)
    return f"{words.number(before)} → {after}"


def _stamps_moved(row: LoyaltyTransaction, last: LoyaltyTransaction, rules: Rules) -> str:
    before, after = row.stamps_after - row.stamps, wording.of_target(last.stamps_after, rules)
    if before == last.stamps_after:
        return _("%(figure)s, as before", figure=after)
    return f"{words.number(before)} → {after}"


def _counts_points(row: LoyaltyTransaction) -> bool:
    """Whether the figure of the screen is points: of a sale, its return, a reward for points."""
    return bool(row.points) or row.type == "points_earned"


def _gave_nothing(row: LoyaltyTransaction) -> bool:
    return row.type == "points_earned" and not row.points and not row.stamps


def _ring(line: Line, last: LoyaltyTransaction) -> dict[str, object]:
    """What the ring shows: the points, or the stamps as the ring's own parts."""
    row, target = line.row, line.rules.stamps_target
    if _counts_points(row):
        before = None if _gave_nothing(row) else words.number(row.points_after - row.points)
        unit = ngettext("point", "points", last.points_after)
        return {"to": words.number(last.points_after), "unit": unit, "before": before}
    after = last.stamps_after
    return {
        "to": words.number(after),
        "before": words.number(row.stamps_after - row.stamps),
        "unit": ngettext("of %(num)s stamp", "of %(num)s stamps", target)
        if 0 <= after <= target
        else ngettext("stamp", "stamps", after),
        "parts": target,
        "inked": _inked(after, target),
    }


def _possible(line: Line, last: LoyaltyTransaction) -> list[str]:
    """The rewards for points that this sale has brought within reach."""
    row = line.row
    if row.type != "points_earned" or row.points <= 0:
        return []
    here = found.find(line.number)
    before, after = row.points_after - row.points, last.points_after
    return [
        one.name
        for one in found.rewards_of(here).redeemable
        if one.points and before < one.points <= after
    ]


def _inked(balance: int, target: int) -> int:
    """How much of the ring is inked: all of it exactly at a reward, else what follows the last."""
    if balance <= 0:
        return 0
    return balance % target or target
