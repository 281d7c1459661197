"""Rewards at the counter: what a card can have here now, and giving it."""

from dataclasses import dataclass

from flask import g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import idempotency
from .....errors import NotFound, Refusal
from .....extensions import db
from .....guards import guarded
from .....idempotency import Attempt
from ... import cards
from ... import rewards as verbs
from ...ledger.explain import CASHIER, refused, words
from ...rewards.catalogue import Choice
from .. import once
from . import approval, found, frame, greeting
from .blueprint import pages
from .found import Found


class CardNeeded(Refusal):
    """The person was looked up; to take something from a card, the card itself must be there."""

    code = "card-needed"
    status = 403
    title = "The card is needed"


@dataclass(frozen=True, slots=True)
class Near:
    """A reward that cannot be had yet, and what is in its way."""

    name: str
    price: str
    why: str


@pages.get("/cards/<string:number>/rewards")
@guarded("staff", "serve")
def choose(number: str) -> str:
    """What the card can have here now, what is near, what it had lately."""
    here = found.find(number)
    rewards = found.rewards_of(here)
    return render_template(
        "loyalty/terminal/rewards.html",
        found=here,
        by_code=frame.was_found_by_code(here.number),
        offers=rewards.redeemable,
        near=[_near(choice) for choice in rewards.near],
        had=rewards.redeemed[:5],
        price=greeting.price,
        leaves=leaves,
        day_of=frame.day_of,
        new_key=once.new_key,
    )


@pages.get("/cards/<string:number>/rewards/<int:reward_id>")
@guarded("staff", "serve")
def offer(number: str, reward_id: int) -> str:
    """The one reward, before it is given; raises what keeps it from the card."""
    here = found.find(number)
    choice = _choice(here, reward_id)
    if choice.refusal:
        raise choice.refusal
    return render_template(
        "loyalty/terminal/reward.html",
        found=here,
        by_code=frame.was_found_by_code(here.number),
        choice=choice,
        pairs=_before_and_after(here, choice),
        price=greeting.price(choice),
        key=once.new_key(),
    )


@pages.post("/cards/<string:number>/redemptions")
@guarded("staff", "serve")
def redeem(number: str) -> Response:
    """Give the stamp reward. A second submit of the same form finds the first one's answer."""
    tried = once.attempt()
    _must_be_here(number, tried)
    posted = verbs.redeem_stamps(number, by=g.actor, attempt=tried)
    db.session.commit()
    return redirect(url_for(".verdict", transaction_id=posted.transaction_id), 303)


@pages.post("/cards/<string:number>/rewards/<int:reward_id>")
@guarded("staff", "serve")
def give(number: str, reward_id: int) -> Response | tuple[str, int]:
    """Give a reward of the catalogue; a dear one takes a second person."""
    tried = once.attempt()
    _must_be_here(number, tried)
    name = verbs.offer_at(reward_id, g.terminal.vendor_id).name
    return approval.carried_out(
        lambda approver: verbs.redeem(
            number, reward_id, by=g.actor, attempt=tried, approver=approver
        ),
        doing=_("Give: %(reward)s", reward=name),
    )


def leaves(here: Found, choice: Choice) -> str:
    """What stays on the card afterwards: `leaves 6 points`."""
    parts = [words.points(here.card.points_balance - choice.points)] if choice.points else []
    parts += [words.stamps(here.card.stamps_balance - choice.stamps)] if choice.stamps else []
    return _("leaves %(rest)s", rest=_(" and ").join(parts))


def _must_be_here(number: str, tried: Attempt) -> None:
    """Raises `CardNeeded` unless the card itself was scanned or typed; a replay was judged."""
    shown = frame.was_found_by_code(cards.find(number).number)
    if not shown and not idempotency.found(g.actor.caller, tried):
        raise CardNeeded(_("Scan the card, or type its number, to give the reward."))


def _choice(here: Found, reward_id: int) -> Choice:
    rewards = found.rewards_of(here)
    known = (*rewards.redeemable, *rewards.near)
    choice = next((choice for choice in known if choice.id == reward_id), None)
    if choice is None:
        raise NotFound(_("This reward cannot be had here now."))
    return choice


def _near(choice: Choice) -> Near:
    to_go = greeting.to_go(choice)
    why = _("%(missing)s to go", missing=to_go) if to_go else ""
    if choice.refusal and not why:
        why = refused(choice.refusal, CASHIER).why
    return Near(choice.name, greeting.price(choice), why)


def _before_and_after(here: Found, choice: Choice) -> list[tuple[str, str]]:
    pairs = []
    for term, before, cost in (
        (_("Points"), here.card.points_balance, choice.points),
        (_("Stamps"), here.card.stamps_balance, choice.stamps),
    ):
        if cost:
            after = words.number(before - cost)
            pairs.append(
                (term, _("%(from)s → %(to)s", **{"from": words.number(before), "to": after}))
            )
    return pairs
