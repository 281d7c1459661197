"""`/admin/program/bonuses/…`: one bonus of the draft, its conditions blank by blank."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ......errors import NotFound
from ......extensions import db
from ......guards import guarded
from ....programs.bonuses import MOST_BONUSES, as_values, of_values
from ....programs.drafts import DraftOvertaken
from ..blueprint import pages
from . import bonus_form, bonus_words, drafting
from .drafting import Standing, standing
from .parts import Typed

Answer = Response | tuple[str, int]


@pages.get("/program/bonuses/new")
@guarded("admin", "program")
def program_bonus_new() -> str:
    """The form of a bonus to be."""
    return _form(standing(), bonus_form.shown(None), None)


@pages.post("/program/bonuses/new")
@guarded("admin", "program")
def program_bonus_add() -> Answer:
    """One more bonus in the draft."""
    return _keep(None)


@pages.get("/program/bonuses/<int:place>")
@guarded("admin", "program")
def program_bonus(place: int) -> str:
    """The form of a bonus that is there, by its place in the list from 1."""
    there = standing()
    return _form(there, bonus_form.shown(of_values(_at(there, place))), place)


@pages.post("/program/bonuses/<int:place>")
@guarded("admin", "program")
def program_bonus_change(place: int) -> Answer:
    """Another bonus in its place, in the draft."""
    return _keep(place)


def _keep(place: int | None) -> Answer:
    there = standing()
    typed = bonus_form.typed_in(request.form)
    bonus, errors = bonus_form.read(typed, set(drafting.shops_by_slug()))
    listed = list(_listed(there))
    if place is None and len(listed) >= MOST_BONUSES:
        errors["name"] = _("expected at most %(most)s bonuses", most=MOST_BONUSES)
    if place is not None:
        _at(there, place)
    if errors:
        return _form(there, typed, place, errors), 422
    listed[len(listed) if place is None else place - 1 : place] = [as_values(bonus)]
    try:
        drafting.keep(there.over | {"bonuses": listed}, based_on=_began(there))
    except DraftOvertaken:
        db.session.rollback()
        say = _("The draft was changed meanwhile. Look at it before you keep this bonus.")
        return _form(standing(), typed, place, {"name": say}), DraftOvertaken.status
    db.session.commit()
    return redirect(url_for("admin.loyalty.program", _anchor="bonuses"), 303)


def _listed(there: Standing) -> list[Typed]:
    """The bonuses of the draft, or those in force where it says nothing of them."""
    kept: list[Typed] | None = there.over.get("bonuses")
    return [as_values(bonus) for bonus in there.now.bonuses] if kept is None else kept


def _at(there: Standing, place: int) -> Typed:
    listed = _listed(there)
    if not 1 <= place <= len(listed):
        raise NotFound("There is no such bonus.")
    return listed[place - 1]


def _began(there: Standing) -> int:
    """The revision that the draft changes; one that begins now changes the one in force."""
    return there.kept.based_on if there.kept else there.now.number


def _form(
    there: Standing, typed: Typed, place: int | None, errors: dict[str, str] | None = None
) -> str:
    return render_template(
        "loyalty/admin/program_bonus.html",
        typed=typed,
        errors=errors or {},
        place=place,
        mark=there.mark,
        weekdays=bonus_words.weekdays(),
        shops=drafting.shops_by_slug().values(),
        categories=sorted(there.draft().rules.category_rates),
    )
