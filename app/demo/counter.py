"""What one counter does when somebody comes in."""

import json
from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from .. import clock
from ..accounts.actors import Actor
from ..accounts.terminals import Terminal
from ..accounts.vendors import Vendor
from ..errors import Refusal
from ..modules.loyalty import accrual, cards, returns, rewards

_MISTAKES = 0.012  # of stamps, taken back a minute later
TAKES_IT_AT_ONCE = 0.75  # of guests with a reward ready


@dataclass
class Counter:
    """A shop, its till and who works there; `ready` are the chain's cards with a reward
    waiting, `refused` counts refusals by their code."""

    vendor: Vendor
    till: Terminal
    team: list[int]
    ready: set[str]
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

    def visit(self, number: str, at: datetime, chance: Random, *, takes: float) -> None:
        """One visit: the reward if it is ready and wanted, a stamp, now and then a mistake.

        `takes` is the chance that a ready reward is taken; 0 and 1 are the shown cards, for
        which nobody errs. The rules may refuse, as at any counter: then nothing happened.
        """
        by = self.actor(chance)
        try:
            if number in self.ready and chance.random() < takes:
                with clock.at(at):
                    rewards.redeem_stamps(number, by=by, attempt=None)
                self.ready.discard(number)
            with clock.at(at + timedelta(seconds=20)):
                given = accrual.add_stamps(number, 1, by=by, attempt=None)
            if 0 < takes < 1 and chance.random() < _MISTAKES:
                with clock.at(at + timedelta(seconds=75)):
                    returns.void(given.transaction_id or 0, by=by, attempt=None)
            elif any(
                step["code"] == "reward-ready" for step in json.loads(given.body)["explanation"]
            ):
                self.ready.add(number)
        except Refusal as refusal:
            self.refused[refusal.code] += 1

    def block(self, number: str) -> None:
        """A card reported lost."""
        cards.find(number).status = cards.BLOCKED
