"""`/admin/program`: the rules as sentences with blanks; read, compared, published."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from .....accounts.users import User
from .....extensions import db
from .....guards import guarded
from ... import programs, reports
from ...programs import ProgramRevision, RevisionOutdated
from . import program_form, program_words
from .blueprint import pages
from .program_form import Draft

REVISIONS_SHOWN = 10
Page = str | tuple[str, int]


@pages.get("/program")
@guarded("admin", "program")
def program() -> str:
    """The rules in force, ready to be changed."""
    rules = programs.current()
    return _editor(program_form.shown(rules, g.company.currency), based_on=rules.number)


@pages.post("/program/edit")
@guarded("admin", "program")
def program_edit() -> str:
    """Back from the comparison, with everything as it was typed."""
    draft = program_form.read(request.form, g.company.currency)
    return _editor(draft.typed, based_on=_based_on(), rules=draft.rules)


@pages.post("/program/preview")
@guarded("admin", "program")
def program_preview() -> Response:
    """The words beside the form for what is typed in it now; nothing is kept."""
    draft = program_form.read(request.form, g.company.currency)
    if draft.errors:
        return jsonify({"text": {}})
    return jsonify({"text": _words(draft.rules)})


@pages.post("/program/review")
@guarded("admin", "program")
def program_review() -> Page:
    """Old against new, and what it does to the cards there are."""
    draft = program_form.read(request.form, g.company.currency)
    now = programs.current()
    if draft.errors:
        return _editor(draft.typed, based_on=_based_on(), errors=draft.errors), 422
    if _based_on() != now.number:
        return _outdated(draft)
    changed = program_words.differences(now, draft.rules)
    if not changed:
        return _editor(draft.typed, based_on=now.number, say=_("Nothing is different yet."))
    effect = reports.effect_of(now, draft.rules)
    return render_template(
        "loyalty/admin/program_review.html",
        typed=draft.typed,
        number=now.number,
        changed=changed,
        effect=effect,
        consequences=program_words.consequences(effect),
        warnings=program_words.warnings(draft.rules),
        words=_words(draft.rules),
    )


@pages.post("/program/publish")
@guarded("admin", "program")
def program_publish() -> Response | Page:
    """The next revision, unless somebody else's came first."""
    draft = program_form.read(request.form, g.company.currency)
    if draft.errors:
        return _editor(draft.typed, based_on=_based_on(), errors=draft.errors), 422
    try:
        rules = programs.publish(draft.changes, by=g.user.user.id, based_on=_based_on())
    except RevisionOutdated:
        return _outdated(draft)
    db.session.commit()
    flash(_("Revision %(number)s is in force from now on.", number=rules.number), "done")
    return redirect(url_for("admin.loyalty.program"), 303)


@pages.post("/program/switch")
@guarded("admin", "program")
def program_switch() -> Response | Page:
    """Pause or start; the day the programme first ran stays as it is."""
    active = request.form.get("active") == "1"
    typed = request.form.get("redeemable_until", "").strip()
    try:
        until = date.fromisoformat(typed) if typed and not active else None
    except ValueError:
        rules = programs.current()
        wrong = {
            "redeemable_until": _(
                "got %(typed)r, expected a day such as 2027-01-31", typed=typed[:20]
            )
        }
        shown = program_form.shown(rules, g.company.currency) | {"redeemable_until": typed[:20]}
        return _editor(shown, based_on=rules.number, errors=wrong), 422
    programs.switch(active=active, redeemable_until=until, by=g.user.user.id)
    db.session.commit()
    flash(_("The programme runs.") if active else _("The programme is paused."), "done")
    return redirect(url_for("admin.loyalty.program") + "#running", 303)


def _based_on() -> int:
    """The revision that the form was read from; 0, which is never in force, for nonsense."""
    number = request.form.get("based_on", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def _outdated(draft: Draft) -> tuple[str, int]:
    """Somebody published meanwhile: say what, keep what was typed, begin from theirs."""
    now = programs.current()
    say = _(
        "Revision %(number)s was published while you were writing. What you typed is kept;"
        " compare it with the new rules before you publish.",
        number=now.number,
    )
    page = _editor(draft.typed, based_on=now.number, rules=draft.rules, say=say)
    return page, RevisionOutdated.status


def _editor(
    typed: dict[str, str],
    *,
    based_on: int,
    errors: dict[str, str] | None = None,
    rules: programs.Rules | None = None,
    say: str | None = None,
) -> str:
    shown = rules or programs.current()
    return render_template(
        "loyalty/admin/program.html",
        typed=typed,
        errors=errors or {},
        based_on=based_on,
        say=say,
        program=programs.of_company(),
        rules=shown,
        words=_words(shown),
        stamps_shown=program_words.given(shown),
        points_rules=program_words.points_rules(shown),
        revisions=_revisions(),
    )


def _words(rules: programs.Rules) -> dict[str, str]:
    """What programme-preview.js puts beside the form, by name."""
    return {
        "promise": program_words.promise(rules),
        "pace": program_words.pace(rules),
        "say": program_words.to_go(rules),
        "warnings": " ".join(program_words.warnings(rules)),
    }


def _revisions() -> list[dict[str, Any]]:
    """The latest revisions with what each changed; in one statement and one for the names."""
    query = select(ProgramRevision).order_by(ProgramRevision.number.desc())
    rows: Sequence[ProgramRevision] = db.session.scalars(query.limit(REVISIONS_SHOWN + 1)).all()
    people = {row.published_by for row in rows if row.published_by}
    users = select(User.id, User.name).where(User.id.in_(people))
    names: dict[int | None, str] = {row.id: row.name for row in db.session.execute(users)}
    return [
        {
            "number": row.number,
            "at": row.published_at,
            "by": names.get(row.published_by),
            "changed": program_words.differences(before, row) if before else [],
        }
        for row, before in zip(rows, [*rows[1:], None], strict=True)
    ][:REVISIONS_SHOWN]
