"""A card at the counter with its person, and the programme that judges it."""

from dataclasses import dataclass
from datetime import date, datetime

from ..... import clock
from .....accounts.customers import Customer
from .....extensions import db
from ... import accrual, cards, programs
from ...cards import BLOCKED, LoyaltyCard
from ...ledger.explain import words
from ...programs import Rules
from ...programs.rules import ProgramState
from ...rewards.catalogue import CardRewards, of_card
from . import frame


@dataclass(frozen=True, slots=True)
class Found:
    """A card with its person, the rules in force, and whether they run."""

    card: LoyaltyCard
    customer: Customer
    rules: Rules
    state: ProgramState

    @property
    def number(self) -> str:
        return self.card.number

    @property
    def blocked(self) -> bool:
        return self.card.status == BLOCKED

    @property
    def collects(self) -> bool:
        """Whether anything can be given now."""
        return self.state.active and not self.blocked

    @property
    def may_earn(self) -> bool:
        return self.collects and self.rules.points

    @property
    def may_stamp(self) -> bool:
        """Whether stamps are given by hand: not where each sale brings them."""
        by_hand = not (self.rules.points and self.rules.stamps_per_sale)
        return self.collects and self.rules.stamps and by_hand

    @property
    def stamps(self) -> int:
        """What the row of stamps shows; a debt shows as none."""
        return max(0, self.card.stamps_balance)

    @property
    def points(self) -> str | None:
        """`12,345`, or a debt with its minus; None where the programme has no points."""
        return words.number(self.card.points_balance) if self.rules.points else None

    @property
    def tier(self) -> str | None:
        """`Gold × 1.25`, where points make tiers."""
        tier = self.rules.tier_at(self.card.tier_points) if self.rules.points else None
        if tier is None:
            return None
        if tier.multiplier_bp == 10_000:
            return tier.name
        return f"{tier.name} × {words.times(tier.multiplier_bp)}"


def find(number: str) -> Found:
    """The acting company's card; raises `NotFound`."""
    return around(cards.find(number))


def around(card: LoyaltyCard) -> Found:
    """The card with what surrounds it."""
    customer = db.session.get_one(Customer, (card.company_id, card.customer_id))
    program = programs.of_company()
    state = ProgramState(program.active, program.redeemable_until)
    return Found(card, customer, programs.current(), state)


def today() -> date:
    """The business day at this terminal's shop."""
    return clock.business_day(clock.now(), frame.vendor().timezone)


def free_at(found: Found) -> datetime | None:
    """When the card's waiting time ends or ended, if it ever began."""
    rules = found.rules
    return accrual.next_stamp_at(found.card.last_stamp_at, rules) if rules.stamps else None


def rewards_of(found: Found) -> CardRewards:
    """What the card can have now at this shop, and what is near."""
    shop = frame.vendor().id
    return of_card(found.card, shop, rules=found.rules, day=today(), state=found.state)
