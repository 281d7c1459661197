"""What a change of the rules would do, counted on the cards, sales and rewards there are: one
statement for each of the three, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select

from ....extensions import db
from ..cards import CLOSED, LoyaltyCard
from ..ledger import LoyaltyTransaction
from ..programs import Rules
from ..rewards import Reward
from .figures import lines_of
from .weeks import Week

_BP = 10_000


@dataclass(frozen=True, slots=True)
class Sales:
    """A week's sales: their number and sum, and those by how much was paid."""

    number: int = 0
    sum_minor: int = 0
    would_stop: int = 0
    would_start: int = 0

    @property
    def usual_minor(self) -> int:
        """What a sale comes to on average, rounded down."""
        return self.sum_minor // self.number if self.number else 0


@dataclass(frozen=True, slots=True)
class Effect:
    """Open cards that change what they can have, the moment the rules are published; last
    week's sales that would be judged otherwise; rewards by whether anybody could take them."""

    cards: int
    become_ready: int
    lose_readiness: int
    keep_unusable_stamps: int
    keep_unusable_points: int
    rise: int
    fall: int
    sales: Sales
    out_of_reach: tuple[Reward, ...]
    in_reach_again: tuple[Reward, ...]


def effect_of(before: Rules, after: Rules, week: Week) -> Effect:
    """Counted for the acting company, in three statements."""
    rewards = priced_rewards()
    lost = below_minimum(rewards, after)
    was_lost = below_minimum(rewards, before)
    cards, ready, unready, stamped, pointed, rise, fall = _cards(before, after)
    return Effect(
        cards=cards,
        become_ready=ready,
        lose_readiness=unready,
        keep_unusable_stamps=stamped if before.stamps and not after.stamps else 0,
        keep_unusable_points=pointed if before.points and not after.points else 0,
        rise=rise,
        fall=fall,
        sales=sales_in(week, before=before, after=after),
        out_of_reach=tuple(reward for reward in lost if reward not in was_lost),
        in_reach_again=tuple(reward for reward in was_lost if reward not in lost),
    )


def priced_rewards() -> Sequence[Reward]:
    """The rewards on offer that cost points, the cheapest first."""
    query = select(Reward).where(Reward.active, Reward.points > 0)
    return db.session.scalars(query.order_by(Reward.points, Reward.id)).all()


def below_minimum(rewards: Sequence[Reward], rules: Rules) -> list[Reward]:
    """Those that nobody could take: they cost less than anybody may redeem (C9)."""
    least = rules.minimum_redemption_points if rules.points else 0
    return [reward for reward in rewards if reward.points < least]


def sales_in(week: Week, *, before: Rules, after: Rules) -> Sales:
    """The week's sales, and those that one revision gives nothing for and the other does."""
    line = LoyaltyTransaction
    low, high = before.minimum_purchase_minor, after.minimum_purchase_minor
    query = select(
        func.count(),
        func.coalesce(func.sum(line.amount_minor), 0),
        _number(and_(line.amount_minor >= low, line.amount_minor < high)),
        _number(and_(line.amount_minor >= high, line.amount_minor < low)),
    ).where(lines_of(week), line.type == "points_earned", line.amount_minor > 0)
    number, total, stop, start = db.session.execute(query).one()
    counts = before.points and after.points
    return Sales(number, int(total), stop if counts else 0, start if counts else 0)


def _cards(before: Rules, after: Rules) -> tuple[int, ...]:
    balance = LoyaltyCard.stamps_balance
    was = balance >= before.stamps_target if before.stamps else false()
    will = balance >= after.stamps_target if after.stamps else false()
    old, new = _tier(before), _tier(after)
    less = _multiplier(after) < _multiplier(before)
    query = select(
        func.count(),
        _number(and_(will, ~was)),
        _number(and_(was, ~will)),
        _number(balance > 0),
        _number(LoyaltyCard.points_balance > 0),
        _number(and_(old != new, ~less)),
        _number(and_(old != new, less)),
    ).where(LoyaltyCard.status != CLOSED)
    return tuple(int(number or 0) for number in db.session.execute(query).one())


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _tier(rules: Rules) -> ColumnElement[Any]:
    return _by_lifetime({t.min_lifetime_points: t.name for t in rules.tiers}, "", rules)


def _multiplier(rules: Rules) -> ColumnElement[Any]:
    return _by_lifetime({t.min_lifetime_points: t.multiplier_bp for t in rules.tiers}, _BP, rules)


def _by_lifetime(values: dict[int, Any], otherwise: Any, rules: Rules) -> ColumnElement[Any]:
    """The value of the highest threshold that a card's lifetime points meet."""
    if not rules.points or not values:
        return literal(otherwise)
    counted = LoyaltyCard.lifetime_points - LoyaltyCard.laid_aside
    reached = [
        (or_(counted >= least, literal(least == 0)), literal(values[least]))
        for least in sorted(values, reverse=True)
    ]
    return case(*reached, else_=literal(otherwise))
