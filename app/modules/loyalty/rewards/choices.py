"""What a card can redeem now, what is near, and what it has had: three statements, whatever the
number of rewards and lines."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import case, func, or_, select

from .... import clock
from ....accounts.vendors import Vendor
from ....errors import Refusal
from ....extensions import db
from ..cards import LoyaltyCard
from ..ledger import LockedCard, LoyaltyTransaction, Setting
from ..programs.rules import ProgramState, Rules
from . import rules as redeeming
from .models import Reward, RewardVendor
from .rules import Offer

MOST_CHOICES, MOST_NEAR, MOST_REDEEMED = 200, 20, 20
_LOOKED_BACK = 2_000  # lines of a card, so that the longest history costs no more
_RUNNING = ProgramState(active=True)
# In the way for now: collecting, waiting or the office takes it away.
_PASSING = {"insufficient-points", "insufficient-stamps", "card-blocked", "program-inactive"}


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop where a reward can be had."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A reward as a card meets it; `id` is None for the programme's own stamp reward.

    `refusal` is what redeeming it now would raise, None where it can be had; `missing_points` and
    `missing_stamps` are what the card lacks; `shops` where it can be had, none: everywhere.
    """

    id: int | None
    name: str
    description: str
    points: int
    stamps: int
    value_minor: int | None
    had: int
    missing_points: int
    missing_stamps: int
    shops: tuple[Shop, ...]
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A line that took a reward, by the name it was taken under."""

    transaction_id: int
    sequence: int
    reward_id: int | None
    name: str
    points: int
    stamps: int
    cancelled: bool
    occurred_at: datetime
    business_day: date


@dataclass(frozen=True, slots=True)
class CardRewards:
    """`redeemable` by price, `near` with the nearest first, `redeemed` with the latest first."""

    redeemable: tuple[Choice, ...]
    near: tuple[Choice, ...]
    redeemed: tuple[Redeemed, ...]


def of_card(
    card: LoyaltyCard | LockedCard,
    vendor_id: int | None = None,
    *,
    rules: Rules,
    day: date,
    state: ProgramState = _RUNNING,
) -> CardRewards:
    """The rewards of the acting company as they stand for this card on this day, at one shop or
    (without one) anywhere. What is `redeemable` is judged by the very rules of redeeming."""
    where = Setting(rules=rules, state=state, vendor=None, now=clock.now(), day=day)
    held = cast(LockedCard, card)  # the rules read of it what both kinds of card have
    choices = [*_own(held, where), *_of_catalogue(held, vendor_id, where)]
    near = [choice for choice in choices if choice.refusal and _is_near(choice.refusal)]
    return CardRewards(
        redeemable=tuple(choice for choice in choices if not choice.refusal),
        near=tuple(sorted(near, key=_reached, reverse=True)[:MOST_NEAR]),
        redeemed=_redeemed(held),
    )


def _own(card: LockedCard, where: Setting) -> list[Choice]:
    """The programme's stamp reward, where it has one."""
    rules = where.rules
    if not rules.stamps:
        return []
    try:
        redeeming.must_take_stamps(card, where)
        refusal = None
    except Refusal as no:
        refusal = no
    return [
        Choice(
            id=None,
            name=rules.stamps_reward_name,
            description="",
            points=0,
            stamps=rules.stamps_target,
            value_minor=rules.stamps_reward_value_minor,
            had=0,
            missing_points=0,
            missing_stamps=max(0, rules.stamps_target - card.stamps_balance),
            shops=(),
            refusal=refusal,
        )
    ]


def _of_catalogue(card: LockedCard, vendor_id: int | None, where: Setting) -> list[Choice]:
    rows = db.session.execute(
        select(Reward, times_had_by(card.id).label("had"))
        .where(Reward.active, or_(Reward.valid_until.is_(None), Reward.valid_until >= where.day))
        .order_by(Reward.points, Reward.stamps, Reward.id)
        .limit(MOST_CHOICES)
    ).all()
    shops = shops_of([row.Reward.id for row in rows])
    return [_choice(card, row, shops.get(row.Reward.id, {}), vendor_id, where) for row in rows]


def _choice(
    card: LockedCard, row: Any, shops: dict[int, Shop], vendor_id: int | None, where: Setting
) -> Choice:
    reward, had = row.Reward, int(row.had or 0)
    offer = offer_of(reward, here=vendor_id is None or not shops or vendor_id in shops)
    try:
        redeeming.must_take(card, offer, had, where)
        refusal = None
    except Refusal as no:
        refusal = no
    return Choice(
        id=reward.id,
        name=reward.name,
        description=reward.description,
        points=reward.points,
        stamps=reward.stamps,
        value_minor=reward.value_minor,
        had=had,
        missing_points=max(0, reward.points - card.points_balance),
        missing_stamps=max(0, reward.stamps - card.stamps_balance),
        shops=tuple(shops.values()),
        refusal=refusal,
    )


def offer_of(reward: Reward, *, here: bool) -> Offer:
    """The reward as the rules read it."""
    names = (name for name in Offer.__slots__ if name != "here")
    return Offer(**{name: getattr(reward, name) for name in names}, here=here)


def times_had_by(card_id: int) -> Any:
    """How many of the reward of the surrounding query a card has had, less the cancelled ones."""
    row = LoyaltyTransaction
    had = func.sum(case((row.reverses_id.is_(None), 1), else_=-1))
    return select(had).where(row.card_id == card_id, row.reward_id == Reward.id).scalar_subquery()


def shops_of(reward_ids: list[int]) -> dict[int, dict[int, Shop]]:
    """`{reward id: {vendor id: shop}}` of the rewards that not every shop gives."""
    rows = db.session.execute(
        select(RewardVendor.reward_id, Vendor.id, Vendor.slug, Vendor.name)
        .join(Vendor, Vendor.id == RewardVendor.vendor_id)
        .where(RewardVendor.reward_id.in_(reward_ids))
        .order_by(Vendor.name, Vendor.id)
    )
    found: dict[int, dict[int, Shop]] = {}
    for reward_id, vendor_id, slug, name in rows:
        found.setdefault(reward_id, {})[vendor_id] = Shop(slug, name)
    return found


def _is_near(refusal: Refusal) -> bool:
    return refusal.code in _PASSING or refusal.figures.get("reason") == "not-yet"


def _reached(choice: Choice) -> tuple[int, int]:
    """How much of the price is there, in basis points: of the part that lacks most."""
    prices = ((choice.points, choice.missing_points), (choice.stamps, choice.missing_stamps))
    shares = [max(0, price - missing) * 10_000 // price for price, missing in prices if price]
    return min(shares), -(choice.id or 0)


def _redeemed(card: LockedCard) -> tuple[Redeemed, ...]:
    """The latest rewards that the card took, of its last lines."""
    row, back = LoyaltyTransaction, LoyaltyTransaction.__table__.alias("back")
    cancelled = (
        select(back.c.id)
        .where(back.c.company_id == row.company_id, back.c.reverses_id == row.id)
        .exists()
    )
    columns = (row.id, row.sequence, row.reward_id, row.points, row.stamps, row.steps)
    rows = db.session.execute(
        select(*columns, row.occurred_at, row.business_day, cancelled.label("cancelled"))
        .where(
            row.card_id == card.id,
            row.sequence > card.sequence - _LOOKED_BACK,
            row.type.in_(("points_redeemed", "stamps_redeemed")),
        )
        .order_by(row.sequence.desc())
        .limit(MOST_REDEEMED)
    )
    return tuple(
        Redeemed(
            transaction_id=each.id,
            sequence=each.sequence,
            reward_id=each.reward_id,
            name=next((step["reward"] for step in each.steps if "reward" in step), ""),
            points=-each.points,
            stamps=-each.stamps,
            cancelled=each.cancelled,
            occurred_at=each.occurred_at,
            business_day=each.business_day,
        )
        for each in rows
    )
