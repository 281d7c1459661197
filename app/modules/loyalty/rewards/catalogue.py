"""The catalogue's keeping: listing, adding and changing rewards; audited. The edge commits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from .... import audit, outbox
from ....accounts import vendors
from ....accounts.actors import Actor
from ....errors import NotFound
from ....extensions import db
from ....ids import new_id
from .checks import BLANK, checked
from .choices import CardRewards, Choice, Redeemed, Shop, of_card, shops_of
from .models import Reward, RewardVendor

__all__ = [
    "CardRewards",
    "Choice",
    "Redeemed",
    "Shop",
    "change",
    "checked",
    "create",
    "every",
    "find",
    "of_card",
    "shops_of",
    "values_of",
]


def every() -> Sequence[Reward]:
    """The company's rewards: those that can be had first, then by price and name; at most 500."""
    order = (Reward.active.desc(), Reward.points, Reward.stamps, Reward.name, Reward.id)
    return db.session.scalars(select(Reward).order_by(*order).limit(500)).all()


def find(reward_id: int) -> Reward:
    """The acting company's reward; raises `NotFound`."""
    reward = db.session.scalar(select(Reward).where(Reward.id == reward_id))
    if reward is None:
        raise NotFound("There is no such reward.")
    return reward


def values_of(reward: Reward) -> dict[str, Any]:
    """A reward as `checked` takes and answers it: with the slugs of its shops."""
    shops = shops_of([reward.id]).get(reward.id, {})
    values = {name: getattr(reward, name) for name in _COLUMNS}
    return values | {"vendors": sorted(shop.slug for shop in shops.values())}


def create(values: dict[str, Any], *, by: Actor) -> Reward:
    """A new reward; raises `Invalid` naming every bad field."""
    clean = checked(values)
    reward = Reward(id=new_id(), **{name: clean[name] for name in _COLUMNS})
    db.session.add(reward)
    db.session.flush()
    _offer_at(reward, clean["vendors"])
    _tell("reward.created", reward, clean, by)
    return reward


def change(reward_id: int, changes: dict[str, Any], *, by: Actor) -> Reward:
    """Change these fields of a reward; lines keep the name and price they were redeemed at.

    Its row is locked, so that no redemption's stock is lost. Raises `NotFound` and `Invalid`.
    """
    query = select(Reward).where(Reward.id == reward_id)
    reward = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if reward is None:
        raise NotFound("There is no such reward.")
    before = values_of(reward)
    clean = checked(before | changes)
    moved = {name: value for name, value in clean.items() if value != before[name]}
    for name in moved.keys() & set(_COLUMNS):
        setattr(reward, name, moved[name])
    if "vendors" in moved:
        db.session.execute(delete(RewardVendor).where(RewardVendor.reward_id == reward.id))
        _offer_at(reward, moved["vendors"])
    if moved:
        _tell("reward.changed", reward, moved, by)
    return reward


_COLUMNS = [name for name in BLANK if name != "vendors"]


def _offer_at(reward: Reward, slugs: list[str]) -> None:
    """Only these shops give it; none: all do."""
    for vendor in vendors.every() if slugs else ():
        if vendor.slug in slugs:
            db.session.add(RewardVendor(reward_id=reward.id, vendor_id=vendor.id))
    db.session.flush()


def _tell(act: str, reward: Reward, values: dict[str, Any], by: Actor) -> None:
    """The audit remembers prices and limits as they were set; words stand in the row itself."""
    words = {"name", "description", "vendors"}
    figures = {name: _figure(value) for name, value in values.items() if name not in words}
    outbox.put("programme.changed")
    audit.record(act, subject_id=reward.id, by=by.user_id, caller=by.caller, **figures)


def _figure(value: Any) -> int | str:
    return int(value) if isinstance(value, int) else str(value or "none")
