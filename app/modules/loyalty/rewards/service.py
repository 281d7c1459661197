"""Redeeming. The edge commits."""

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, case, exists, func, or_, select, update

from ....accounts.actors import Actor
from ....database import hot
from ....errors import NotFound
from ....extensions import db
from .. import ledger
from ..ledger import Attempt, Decision, LockedCard, LoyaltyTransaction, Posted, Setting, Step
from ..ledger.approval import Approver
from ..programs import settings
from . import rules
from .models import Reward, RewardVendor
from .rules import Offer, RewardNotAvailable


def redeem_stamps(number: str, *, by: Actor, attempt: Attempt | None) -> Posted:
    """Take the stamp reward from a card; raises `InsufficientStamps` with what is missing."""

    def decide(card: LockedCard, where: Setting) -> Decision:
        decision = rules.stamps_reward_for(card, where)
        settings.must_redeem_here(card.enrolled_vendor_id, at=where.vendor_id)
        return decision

    return ledger.write(number, decide, by=by, attempt=attempt)


def redeem(
    number: str,
    reward_id: int,
    *,
    by: Actor,
    attempt: Attempt | None,
    approver: Approver | None = None,
) -> Posted:
    """Take a reward of the catalogue from a card; raises the refusals of `rules.redemption_of`
    and `rules.must_be_agreed`, and `NotFound` for a reward that is not the company's."""

    def decide(card: LockedCard, where: Setting) -> Decision:
        offer, across = _offered(reward_id, where.vendor_id)
        had = times_had(card.id, reward_id) if offer.per_card_limit is not None else 0
        decision = rules.redemption_of(card, offer, had, where)
        settings.must_redeem_here(card.enrolled_vendor_id, at=where.vendor_id, across=across)
        rules.must_be_agreed(offer, where.rules, by, approver)
        if approver:
            agreed: Step = {"code": "approved", "staff": str(approver.staff_id)}
            decision = replace(decision, steps=(*decision.steps, agreed))
        if offer.stock is not None:
            _take_one(reward_id)
        return decision

    return ledger.write(number, decide, by=by, attempt=attempt)


_reward = Reward.__table__.c
_shop = RewardVendor.__table__.c
_SHOPS = (
    select(_shop.vendor_id)
    .where(_shop.company_id == bindparam("company_id"), _shop.reward_id == bindparam("reward"))
    .correlate(None)
)
_HERE = or_(~exists(_SHOPS), exists(_SHOPS.where(_shop.vendor_id == bindparam("vendor"))))
_OFFER = select(
    *(_reward[name] for name in Offer.__slots__ if name != "here"),
    _HERE.label("here"),
    settings.REDEEMS_ACROSS.label("across"),
).where(_reward.company_id == bindparam("company_id"), _reward.id == bindparam("reward"))


def offer_at(reward_id: int, vendor_id: int | None) -> Offer:
    """The reward as it is offered at a shop, in one statement; raises `NotFound`.

    Without a shop (the API's office, a web page) only what every shop gives is here."""
    return _offered(reward_id, vendor_id)[0]


def _offered(reward_id: int, vendor_id: int | None) -> tuple[Offer, bool]:
    """The offer, and whether a card may have it at another shop than its own."""
    row = hot(_OFFER, reward=reward_id, vendor=vendor_id or 0)
    if row is None:
        raise NotFound("There is no such reward.")
    *offer, across = row
    return Offer(*offer), across


def times_had(card_id: int, reward_id: int) -> int:
    """How many of a reward a card has had, less those that were cancelled."""
    row = LoyaltyTransaction
    had = func.sum(case((row.reverses_id.is_(None), 1), else_=-1))
    found = db.session.scalar(select(had).where(row.card_id == card_id, row.reward_id == reward_id))
    return int(found or 0)


def _take_one(reward_id: int) -> None:
    """One less in stock. The row's own condition judges two cards at once."""
    taken: Any = db.session.execute(
        update(Reward)
        .where(Reward.id == reward_id, Reward.stock > 0)
        .values(stock=Reward.stock - 1)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:
        raise RewardNotAvailable("None are left.", reason="sold-out", stock=0)
