"""What the tests of pure rules stand on: a card, its surroundings, and a purse that keeps a
card's lines, lots and draws in memory, by the rules and without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from app import clock
from app.modules.loyalty.accrual.points import Sale, SaleLine
from app.modules.loyalty.accrual.sales import sale_for
from app.modules.loyalty.accrual.stamps import stamps_for
from app.modules.loyalty.adjustments.rules import adjustment_of
from app.modules.loyalty.cards import ACTIVE
from app.modules.loyalty.ledger.decision import Decision, LockedCard, Setting, VendorFacts
from app.modules.loyalty.programs.defaults import DEFAULT_LADDER
from app.modules.loyalty.programs.rules import HYBRID, ProgramState, Rules
from app.modules.loyalty.returns import rules as returns
from app.modules.loyalty.returns.facts import Original, OwnLot
from app.modules.loyalty.returns.forgiveness import Past
from app.modules.loyalty.rewards.rules import Offer, redemption_of

NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Luxembourg
TODAY = date(2026, 6, 10)
ZONE = "Europe/Luxembourg"
RULES = Rules(
    loyalty_type=HYBRID,
    unit_minor=100,
    cooldown_minutes=0,
    max_daily_stamps=None,
    minimum_redemption_points=0,
    tiers=DEFAULT_LADDER,
    number=1,
    id=1,
)
SHOP = VendorFacts(1, "old-town", "Old Town", ZONE)
CARD = LockedCard(
    company_id=1,
    id=1,
    customer_id=1,
    number="0" * 12,
    status=ACTIVE,
    points_balance=0,
    stamps_balance=0,
    lifetime_points=0,
    sequence=0,
    head=None,
    last_stamp_at=None,
    stamp_day=None,
    stamp_day_count=0,
    stamp_eve_count=0,
    purchases=0,
    purchases_peak=0,
    birthday_year=None,
    welcome_due=None,
    enrolled_vendor_id=None,
    last_activity_at=None,
)


def at(
    moment: datetime = NOON, zone: str = ZONE, *, birthday: date | None = None, **rules: Any
) -> Setting:
    """What surrounds the card at this moment, in a shop of this zone, under these rules."""
    return Setting(
        rules=RULES.changed(**rules),
        state=ProgramState(active=True),
        vendor=replace(SHOP, timezone=zone),
        now=moment,
        day=clock.business_day(moment, zone),
        birthday=birthday,
    )


def sale(amount_minor: int, category: str | None = None) -> Sale:
    """A sale of one line."""
    return Sale((SaleLine(amount_minor, category),))


def offer(points: int = 0, stamps: int = 0, **more: Any) -> Offer:
    """A reward that is always there."""
    plain = Offer(9, "Tea", points, stamps, None, None, None, None, None, active=True, here=True)
    return replace(plain, **more)


@dataclass
class Lot:
    line: int
    remaining: int
    expired: int = 0


@dataclass
class Purse:
    """A card as the ledger would keep it. Lines are numbered by their place, from 1."""

    where: Setting = field(default_factory=at)
    card: LockedCard = CARD
    lines: list[Decision] = field(default_factory=list)
    days: list[Setting] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    draws: dict[int, list[tuple[Lot, int]]] = field(default_factory=dict)

    # -- verbs: each answers the number of its first line ------------------------------------------

    def buy(self, amount_minor: int, category: str | None = None) -> int:
        return self.write(sale_for(self.card, sale(amount_minor, category), self.where, None))

    def stamp(self, quantity: int = 1) -> int:
        return self.write((stamps_for(self.card, quantity, self.where, None),))

    def redeem(self, points: int = 0, stamps: int = 0) -> int:
        return self.write((redemption_of(self.card, offer(points, stamps), 0, self.where),))

    def adjust(self, points: int) -> int:
        return self.write((adjustment_of(self.card, points, "by hand", self.where),))

    def back(self, number: int, amount_minor: int | None = None) -> int:
        """Take a line back, whole or in part."""
        line = self.original(number)
        part = returns.part_of(line, amount_minor)
        if line.type == "points_earned":
            lot = self.own_lot(number)
            return self.write(returns.return_of_sale(self.card, line, lot, self.where, part))
        if line.type == "stamps_added":
            return self.write((returns.return_of_stamps(self.card, line, self.where),))
        lot, past = self.own_lot(number), self.past()
        return self.write(returns.return_of_points(self.card, line, lot, past, self.where))

    def expire(self, number: int, points: int) -> None:
        """Let points of a line's lot expire, as the nightly job will."""
        lot = next(lot for lot in self.lots if lot.line == number)
        lot.remaining -= points
        lot.expired += points
        line = Decision("points_expired", "points.expired", (), points=-points)
        self.lines.append(line)
        self.days.append(self.where)
        self.card = line.applied_to(self.card)

    # -- the ledger --------------------------------------------------------------------------------

    def write(self, decisions: Iterable[Decision]) -> int:
        first = len(self.lines) + 1
        for line in decisions:
            before = max(0, self.card.points_balance)
            self.card = line.applied_to(self.card)
            moved = abs(max(0, self.card.points_balance) - before)
            self.lines.append(line)
            self.days.append(self.where)
            self._lots(line, len(self.lines), moved)
            held = sum(lot.remaining for lot in self.lots)
            assert held == max(0, self.card.points_balance), "open lots hold the balance"
        return first

    def _lots(self, line: Decision, number: int, moved: int) -> None:
        if line.points < 0:
            own = [lot for lot in self.lots if lot.line == line.draws_first]
            taken = self.draws[number] = []
            for lot in own + [lot for lot in self.lots if lot not in own]:
                each = min(moved, lot.remaining)
                lot.remaining -= each
                moved -= each
                if each:
                    taken.append((lot, each))
        elif line.refills is not None:
            for lot, drawn in reversed(self.draws[line.refills]):
                each = min(moved, drawn)
                lot.remaining += each
                moved -= each
        elif line.points and line.type != "points_forgiven":
            self.lots.append(Lot(number, moved))

    # -- what a return reads -----------------------------------------------------------------------

    def original(self, number: int) -> Original:
        line, then = self.lines[number - 1], self.days[number - 1]
        back = [each for each in self.lines if each.reverses_id == number]
        return Original(
            id=number,
            card_id=1,
            sequence=number,
            type=line.type,
            points=line.points,
            stamps=line.stamps,
            amount_minor=line.amount_minor,
            reward_id=line.reward_id,
            vendor_id=1,
            staff_id=None,
            revision_id=1,
            steps=line.steps,
            occurred_at=then.now,
            business_day=then.day,
            parts=len(back),
            taken_minor=sum(each.amount_minor or 0 for each in back),
            taken_points=sum(each.points for each in back),
            taken_stamps=sum(each.stamps for each in back),
        )

    def own_lot(self, number: int) -> OwnLot:
        return next(
            (OwnLot(lot.remaining, lot.expired) for lot in self.lots if lot.line == number),
            OwnLot(),
        )

    def past(self) -> list[Past]:
        spent = ("points_redeemed", "points_adjusted")
        return [
            Past(number, line.points, line.type == "points_forgiven", line.reverses_id)
            for number, line in enumerate(self.lines, 1)
            if line.type == "points_forgiven"
            or (line.type in spent and line.points < 0)
            or (line.type == "voided" and line.points > 0)
        ]

    # -- figures -----------------------------------------------------------------------------------

    @property
    def figures(self) -> tuple[int, ...]:
        """Points, stamps, lifetime points, purchases and their peak, open points in lots."""
        card, held = self.card, sum(lot.remaining for lot in self.lots)
        counted = (card.lifetime_points, card.purchases, card.purchases_peak)
        return (card.points_balance, card.stamps_balance, *counted, held)
