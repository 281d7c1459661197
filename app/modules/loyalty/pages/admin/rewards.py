"""`/admin/rewards`: what points and stamps buy. Withdrawn, never deleted."""

from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .....accounts import vendors
from .....errors import Invalid
from .....extensions import db
from .....guards import guarded
from ... import programs, reports
from ...rewards import Reward, catalogue
from . import reward_form
from .blueprint import pages
from .program import warnings, words

Page = str | tuple[str, int]


@pages.get("/rewards")
@guarded("admin", "program")
def rewards_list() -> str:
    """Every reward with its price, limits and what it has cost; those on offer first."""
    rewards = catalogue.every()
    rules = programs.current()
    return render_template(
        "loyalty/admin/rewards.html",
        rewards=rewards,
        shops=catalogue.shops_of([reward.id for reward in rewards]),
        taken=reports.times_taken(),
        lost={each.id for each in reports.below_minimum(rewards, rules) if _is_lost(each)},
        least=rules.minimum_redemption_points,
        money=words.in_money,
    )


@pages.get("/rewards/new")
@guarded("admin", "program")
def rewards_new() -> str:
    """The form of a reward to be."""
    return _form(None, reward_form.shown(None, g.company.currency))


@pages.post("/rewards/new")
@guarded("admin", "program")
def rewards_add() -> Response | Page:
    """A new reward, on offer at once."""
    return _save(None)


@pages.get("/rewards/<int:reward_id>")
@guarded("admin", "program")
def rewards_edit(reward_id: int) -> str:
    """The form of a reward that is."""
    reward = catalogue.find(reward_id)
    return _form(reward, reward_form.shown(catalogue.values_of(reward), g.company.currency))


@pages.post("/rewards/<int:reward_id>")
@guarded("admin", "program")
def rewards_change(reward_id: int) -> Response | Page:
    """Correct a reward; what was redeemed keeps the name and price it was redeemed at."""
    return _save(catalogue.find(reward_id))


@pages.post("/rewards/<int:reward_id>/withdraw")
@guarded("admin", "program")
def rewards_withdraw(reward_id: int) -> Response:
    """Off the offer, or on it again."""
    active = request.form.get("active") == "1"
    reward = catalogue.change(reward_id, {"active": active}, by=g.actor)
    db.session.commit()
    name = reward.name
    done = _("%(name)s is on offer again.") if active else _("%(name)s is withdrawn.")
    flash(done % {"name": name}, "done")
    return redirect(url_for("admin.loyalty.rewards_list"), 303)


@pages.post("/rewards/preview")
@guarded("admin", "program")
def rewards_preview() -> Response:
    """The warning beside the price while it is typed."""
    values, errors = reward_form.read(reward_form.typed_in(request.form), g.company.currency)
    warning = "" if errors.keys() & {"points", "name"} else _warning(values)
    return jsonify({"text": {"warning": warning}})


def _save(reward: Reward | None) -> Response | Page:
    """Warned once of a price that nobody could pay; who means it presses again."""
    typed = reward_form.typed_in(request.form)
    if request.form.get("raise") == "1":
        typed["points"] = str(programs.current().minimum_redemption_points)
    values, errors = reward_form.read(typed, g.company.currency)
    try:
        clean = catalogue.checked(values)
    except Invalid as wrong:
        return _form(reward, typed, wrong.errors | errors), wrong.status
    if errors:
        return _form(reward, typed, errors), Invalid.status
    if _warning(clean) and request.form.get("anyway") != "1":
        return _form(reward, typed, warned=True), Invalid.status
    if reward is None:
        name = catalogue.create(clean, by=g.actor).name
    else:
        del clean["active"]  # withdrawing has a button of its own
        if typed["stock"].strip() == typed["stock_shown"] and "stock_shown" in request.form:
            del clean["stock"]  # nobody set it: what was taken meanwhile stays taken
        name = catalogue.change(reward.id, clean, by=g.actor).name
    db.session.commit()
    flash(_("%(name)s is saved.", name=name), "done")
    return redirect(url_for("admin.loyalty.rewards_list"), 303)


def _warning(values: dict[str, Any]) -> str:
    """C9: in words, where nobody could take a reward of this price."""
    rules = programs.current()
    if not 0 < (values["points"] or 0) < rules.minimum_redemption_points:
        return ""
    name = values["name"] or _("this reward")
    return warnings.below_minimum(name, values["points"], rules.minimum_redemption_points)


def _is_lost(reward: Reward) -> bool:
    return reward.active and reward.points > 0


def _form(
    reward: Reward | None,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
    *,
    warned: bool = False,
) -> str:
    values, wrong = reward_form.read(typed, g.company.currency)
    return render_template(
        "loyalty/admin/reward.html",
        reward=reward,
        typed=typed,
        errors=errors or {},
        warned=warned,
        warning="" if wrong.keys() & {"points"} else _warning(values),
        least=programs.current().minimum_redemption_points,
        shops=vendors.every(),
    )
