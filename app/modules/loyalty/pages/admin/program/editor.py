"""The editor's page: everything that its template shows, in a constant number of statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, render_template
from sqlalchemy import select

from ......accounts.users import User
from ......extensions import db
from .... import programs
from ....programs import ProgramRevision
from . import bonus_words, drafting, labels, warnings, words
from .differences import differences
from .drafting import Standing
from .form import Draft
from .parts import MOST_ROWS, ROWS

REVISIONS_SHOWN = 10


def editor(
    there: Standing,
    draft: Draft,
    *,
    say: str | None = None,
    more: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form with this draft in it; `more` and `errors` are those of the page's other form."""
    shops = drafting.shops_by_slug()
    names = {slug: shop.name for slug, shop in shops.items()}
    facts = drafting.facts(draft.rules, shops)
    return render_template(
        "loyalty/admin/program.html",
        typed=draft.typed | dict(more or {}),
        errors=draft.errors | dict(errors or {}),
        now=there.now,
        kept=there.kept,
        kept_by=_name_of(there.kept.by) if there.kept else None,
        mark=there.mark,
        say=say,
        program=programs.of_company(),
        rules=draft.rules,
        words=words.beside(draft.rules, buys=bool(facts.rewards)),
        warnings=warnings.warnings(draft.rules, facts),
        stamps_shown=words.given(draft.rules),
        bonuses=_bonuses(draft, names, facts),
        rows={name: _rows(draft.typed[name], name) for name in ROWS},
        options=labels.options(),
        months=labels.months(),
        rewards=facts.rewards[:5],
        revisions=_revisions(names),
    )


def _bonuses(draft: Draft, names: dict[str, str], facts: warnings.Facts) -> list[dict[str, str]]:
    listed = draft.changes.get("bonuses", draft.rules.bonuses)
    return [
        {
            "name": bonus.name,
            "says": bonus_words.sentence(bonus, names),
            "never": warnings.never(bonus, facts),
        }
        for bonus in listed
    ]


def _rows(typed: list[dict[str, str]], name: str) -> list[dict[str, str]]:
    """What was typed, and one empty row to type into while there may be one more."""
    spare = [dict.fromkeys(ROWS[name], "")] if len(typed) < MOST_ROWS[name] else []
    return [*typed, *spare]


def _name_of(user_id: int | None) -> str | None:
    """Who kept it, where that was somebody else."""
    if user_id is None or user_id == g.user.user.id:
        return None
    return db.session.scalar(select(User.name).where(User.id == user_id))


def _revisions(shops: dict[str, str]) -> list[dict[str, Any]]:
    """The latest revisions with what each changed; rules are kept in memory once read."""
    query = select(ProgramRevision).order_by(ProgramRevision.number.desc())
    rows: Sequence[ProgramRevision] = db.session.scalars(query.limit(REVISIONS_SHOWN + 1)).all()
    rules = [programs.rules_of(row.id) for row in rows]
    people = {row.published_by for row in rows if row.published_by}
    users = select(User.id, User.name).where(User.id.in_(people))
    names: dict[int | None, str] = {row.id: row.name for row in db.session.execute(users)}
    return [
        {
            "number": row.number,
            "at": row.published_at,
            "by": names.get(row.published_by),
            "changed": differences(before, after, shops) if before else [],
        }
        for row, after, before in zip(rows, rules, [*rules[1:], None], strict=True)
    ][:REVISIONS_SHOWN]
