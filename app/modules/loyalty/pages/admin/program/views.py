"""The editor itself, its comparison, and publishing."""

from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ......accounts.pages import COUNTS
from ......extensions import db
from ......guards import guarded
from .... import programs, reports
from ....programs import RevisionOutdated, drafts
from ....programs.drafts import DraftOvertaken
from ..blueprint import pages
from . import consequences, drafting, form, warnings, words
from .differences import differences
from .drafting import Standing, standing
from .editor import editor
from .form import Draft
from .parts import ROWS

Page = str | tuple[str, int]
Answer = Response | Page

COUNTS["admin.loyalty.program"] = lambda: _("1 draft") if drafts.any_kept() else ""


@pages.get("/program")
@guarded("admin", "program")
def program() -> str:
    """The rules in force with the draft over them, ready to be changed."""
    there = standing()
    return editor(there, there.draft(), say=_published_meanwhile(there) if there.outdated else None)


@pages.post("/program/draft")
@guarded("admin", "program")
def program_draft() -> Answer:
    """Keep what is typed; then do what the pressed button says: a row less, or to a bonus."""
    there = standing()
    over, began = drafting.typed_over(there)
    what, _colon, which = request.form.get("do", "")[:40].partition(":")
    place = int(which) if which.isascii() and which.isdecimal() and len(which) < 4 else None
    name = what.removeprefix("remove-")
    if what.startswith("remove-") and name in (*ROWS, "bonuses") and place is not None:
        shown = form.shown(there.now, drafting.currency()) | over
        over |= {name: form.without(shown, name, place)[name]}
    try:
        drafting.keep(over, based_on=began)
    except DraftOvertaken:
        return _overtaken(over)
    db.session.commit()
    if what == "bonus":
        return redirect(url_for("admin.loyalty.program_bonus_new"), 303)
    if what == "change-bonus" and place is not None:
        return redirect(url_for("admin.loyalty.program_bonus", place=place + 1), 303)
    anchor = {"rates": "rates", "tiers": "tiers", "bonuses": "bonuses"}.get(name, "")
    if not anchor:
        flash(_("The draft is kept.") if over else _("Nothing is different yet."), "done")
    return redirect(url_for("admin.loyalty.program", _anchor=anchor or None), 303)


@pages.post("/program/draft/discard")
@guarded("admin", "program")
def program_discard() -> Answer:
    """Throw the draft away: the one that was shown, no other."""
    try:
        drafts.take(drafting.seen())
    except DraftOvertaken:
        return _overtaken(standing().over)
    db.session.commit()
    flash(_("The draft is gone. The rules in force stay as they are."), "done")
    return redirect(url_for("admin.loyalty.program"), 303)


@pages.post("/program/preview")
@guarded("admin", "program")
def program_preview() -> Response:
    """The words beside the form for what is typed in it now; nothing is kept."""
    there = standing()
    over, _began = drafting.typed_over(there)
    draft = there.draft(over)
    if draft.errors:
        return jsonify({"text": {}})
    facts = drafting.facts(draft.rules, drafting.shops_by_slug())
    said = words.beside(draft.rules, buys=bool(facts.rewards))
    return jsonify({"text": said | {"warnings": "\n".join(warnings.warnings(draft.rules, facts))}})


@pages.post("/program/review")
@guarded("admin", "program")
def program_compare() -> Answer:
    """Keep what is typed, and on to the comparison where it can be published."""
    there = standing()
    over, began = drafting.typed_over(there)
    try:
        drafting.keep(over, based_on=there.now.number)
    except DraftOvertaken:
        return _overtaken(over)
    db.session.commit()
    after = standing()
    if began != after.now.number:
        return editor(after, after.draft(), say=_published_meanwhile(after)), 409
    draft = after.draft()
    if draft.errors:
        return editor(after, draft), 422
    if draft.rules == after.now:
        return _nothing_to_compare()
    return redirect(url_for("admin.loyalty.program_review"), 303)


@pages.get("/program/review")
@guarded("admin", "program")
def program_review() -> Answer:
    """Old against new, and what it does to the cards there are."""
    there = standing()
    draft = there.draft()
    if draft.errors or there.outdated:
        return redirect(url_for("admin.loyalty.program"), 303)
    if draft.rules == there.now:
        return _nothing_to_compare()
    return _review(there, draft)


@pages.post("/program/publish")
@guarded("admin", "program")
def program_publish() -> Answer:
    """The next revision: the very draft that was compared, with the very rules it was compared
    with, or nothing."""
    try:
        kept = drafts.take(drafting.seen())
        draft = Standing(programs.current(), kept).draft()
        if draft.errors:
            db.session.rollback()
            return editor(standing(), draft), 422
        by, number = g.user.user.id, drafting.based_on()
        rules = programs.publish(draft.changes, by=by, based_on=number)
    except (DraftOvertaken, RevisionOutdated) as late:
        db.session.rollback()
        there = standing()
        if isinstance(late, DraftOvertaken):
            return _overtaken(there.over)
        return editor(there, there.draft(), say=_published_meanwhile(there)), late.status
    db.session.commit()
    flash(_("Revision %(number)s is in force from now on.", number=rules.number), "done")
    return redirect(url_for("admin.loyalty.program"), 303)


def _review(there: Standing, draft: Draft) -> str:
    shops = drafting.shops_by_slug()
    names = {slug: shop.name for slug, shop in shops.items()}
    effect = reports.effect_of(there.now, draft.rules, drafting.last_week())
    facts = drafting.facts(draft.rules, shops)
    return render_template(
        "loyalty/admin/program_review.html",
        number=there.now.number,
        mark=there.mark,
        changed=differences(there.now, draft.rules, names),
        effect=effect,
        consequences=consequences.consequences(effect, draft.rules),
        loses_nothing=consequences.loses_nothing(there.now, draft.rules, effect),
        warnings=warnings.warnings(draft.rules, facts),
        words=words.beside(draft.rules, buys=bool(facts.rewards)),
    )


def _nothing_to_compare() -> Response:
    flash(_("Nothing is different yet."), "done")
    return redirect(url_for("admin.loyalty.program"), 303)


def _published_meanwhile(there: Standing) -> str:
    return _(
        "Revision %(number)s was published while you were writing. What you changed is kept and"
        " stands over it now; compare before you publish.",
        number=there.now.number,
    )


def _overtaken(over: dict[str, Any]) -> tuple[str, int]:
    """Somebody else kept, published or discarded a draft: nothing of theirs is lost unseen."""
    db.session.rollback()
    there = standing()
    say = _(
        "The draft was changed by somebody else meanwhile. What you typed stands here; keeping it"
        " replaces theirs."
    )
    return editor(there, there.draft(over), say=say), DraftOvertaken.status
