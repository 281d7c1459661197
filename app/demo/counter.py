"""What one counter does when somebody comes in."""

import json
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .. import clock
from ..accounts.actors import Actor
from ..accounts.terminals import Terminal
from ..accounts.vendors import Vendor
from ..errors import Refusal
from ..idempotency import Posted
from ..modules.loyalty import accrual, cards, returns, rewards
from ..modules.loyalty.rewards import Reward
from .roles import REDEEM, RETURN, SALE, STAMP, TAKE
from .story import Moment

_MISTAKES = 0.012  # of stamps, taken back a minute later
_RETURNS = 0.03  # of visits, something of the last sale comes back
_TAKES_IT_AT_ONCE = 0.75  # of guests with a stamp reward ready
_REDEEMS = 0.4  # of guests who have the points for something
_BOTH, _COFFEE = 0.15, 0.5  # of visits, where both stamps and points are collected
_LATEST_RETURN = timedelta(days=20)


@dataclass
class Regular:
    """What a counter sees of a card: what waits on it, and the last sale as `(line, amount,
    when)`."""

    ready: bool = False
    points: int = 0
    last_sale: tuple[int, int, datetime] | None = None


@dataclass
class Counter:
    """A shop, its till and who works there; `known` are the chain's cards by their number,
    `refused` counts refusals by their code."""

    vendor: Vendor
    till: Terminal
    team: list[int]
    manager: int
    loyalty_type: str
    basket: int
    gifts: list[Reward]
    known: dict[str, Regular]
    refused: Tally[str] = field(default_factory=Tally)

    @property
    def poster(self) -> Actor:
        """The enrolment page behind the poster's code: nobody at the counter acts."""
        return Actor(caller="storefront", vendor_id=self.vendor.id)

    def actor(self, chance: Random) -> Actor:
        """Somebody of the team at the till."""
        return Actor(
            caller=f"terminal:{self.till.id}",
            vendor_id=self.vendor.id,
            staff_id=chance.choice(self.team),
            terminal_id=self.till.id,
        )

    def visit(self, number: str, at: datetime, chance: Random, appetite: float) -> None:
        """One visit: what is wanted back or redeemed, then a coffee, a purchase, or both."""
        by, card = self.actor(chance), self.known[number]
        if card.last_sale and chance.random() < _RETURNS:
            part = card.last_sale[1] // 2 if chance.random() < 0.6 else 0
            self._try(self._give_back, number, part, at=at, by=by)
        if card.ready and chance.random() < _TAKES_IT_AT_ONCE:
            self._try(self._take, number, at=at + timedelta(seconds=8), by=by)
        in_reach = [gift for gift in self.gifts if gift.points <= card.points]
        if in_reach and chance.random() < _REDEEMS:
            gift = chance.choice(in_reach)
            self._try(self._redeem, number, gift, at=at + timedelta(seconds=12), by=by)
        kind = chance.random()
        if self.loyalty_type != "points" and (
            self.loyalty_type == "stamps" or kind < _COFFEE + _BOTH
        ):
            self._try(self._stamp, number, at=at + timedelta(seconds=20), by=by, chance=chance)
        if self.loyalty_type != "stamps" and (self.loyalty_type == "points" or kind > _COFFEE):
            amount = round(self.basket * appetite * chance.lognormvariate(0, 0.5) / 10) * 10
            self._try(self._sell, number, amount, at=at + timedelta(seconds=45), by=by)

    def act(self, number: str, moment: Moment, chance: Random) -> None:
        """What a shown card's owner does; a stamp reward is taken where one waits."""
        by, card, at = self.actor(chance), self.known[number], moment.at
        if moment.what == STAMP:
            self._try(self._stamp, number, at=at, by=by)
        elif moment.what == SALE:
            self._try(self._sell, number, moment.figure, at=at, by=by)
        elif moment.what == TAKE and card.ready:
            self._try(self._take, number, at=at, by=by)
        elif moment.what == REDEEM:
            gift = next(gift for gift in self.gifts if gift.name == moment.name)
            self._try(self._redeem, number, gift, at=at, by=by)
        elif moment.what == RETURN:
            self._try(self._give_back, number, moment.figure, at=at, by=by)

    def block(self, number: str) -> None:
        """A card reported lost."""
        cards.block(cards.find(number), True, by=Actor(f"terminal:{self.till.id}"))

    def _try(self, verb: Callable[..., None], *given: Any, at: datetime, **more: Any) -> None:
        """The rules may refuse, as at any counter: then nothing happened."""
        try:
            with clock.at(at):
                verb(*given, **more)
        except Refusal as refusal:
            self.refused[refusal.code] += 1

    def _stamp(self, number: str, *, by: Actor, chance: Random | None = None) -> None:
        given = accrual.add_stamps(number, 1, by=by, attempt=None)
        if chance and chance.random() < _MISTAKES:
            with clock.at(clock.now() + timedelta(seconds=15)):
                returns.void(given.transaction_id or 0, by=by, attempt=None)
        else:
            self._learn(number, given)

    def _sell(self, number: str, amount: int, *, by: Actor) -> None:
        given = accrual.earn(number, amount, by=by, attempt=None)
        self.known[number].last_sale = (given.transaction_id or 0, amount, clock.now())
        self._learn(number, given)

    def _take(self, number: str, *, by: Actor) -> None:
        rewards.redeem_stamps(number, by=by, attempt=None)
        self.known[number].ready = False

    def _redeem(self, number: str, gift: Reward, *, by: Actor) -> None:
        self._learn(number, rewards.redeem(number, gift.id, by=by, attempt=None))

    def _give_back(self, number: str, part: int, *, by: Actor) -> None:
        """Days after the sale a second person is needed: the manager's PIN."""
        line, _, at = self.known[number].last_sale or (0, 0, clock.now())
        self.known[number].last_sale = None
        if clock.now() - at < _LATEST_RETURN:
            second = returns.Approver(self.manager, "manager")
            given = returns.void(
                line,
                by=by,
                attempt=None,
                amount_minor=part or None,
                reason="Brought back",
                approver=second,
            )
            self._learn(number, given)

    def _learn(self, number: str, posted: Posted) -> None:
        """What the answer says of the card."""
        answer, card = json.loads(posted.body), self.known[number]
        card.points = answer["points_balance"]
        if any(step["code"] == "reward-ready" for step in answer["explanation"]):
            card.ready = True
