"""The values that pass between rules, services and the ledger. Nothing here touches a database."""

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from ....idempotency import Posted
from ..programs.rules import ProgramState, Rules

Step = dict[str, Any]  # {"code": …, figure: value, …}: one sentence of an explanation


@dataclass(frozen=True, slots=True)
class LockedCard:
    """A card's row as it stands while we hold its lock: all that the rules may read of it."""

    company_id: int
    id: int
    customer_id: int
    number: str
    status: str
    points_balance: int
    stamps_balance: int
    lifetime_points: int
    sequence: int
    head: bytes | None
    last_stamp_at: datetime | None
    stamp_day: date | None
    stamp_day_count: int
    stamp_eve_count: int
    purchases: int
    purchases_peak: int
    birthday_year: int | None
    welcome_due: str | None
    enrolled_vendor_id: int | None
    last_activity_at: datetime | None
    laid_aside: int = 0

    @property
    def tier_points(self) -> int:
        """The points that the tier goes by: lifetime points, less what reviews laid aside."""
        return max(0, self.lifetime_points - self.laid_aside)


@dataclass(frozen=True, slots=True)
class VendorFacts:
    """The shop where it happens."""

    id: int
    slug: str
    name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds a card at the moment of a verb: read after the lock, in one statement."""

    rules: Rules
    state: ProgramState
    vendor: VendorFacts | None
    now: datetime
    day: date
    birthday: date | None = None
    replay: Posted | None = None

    @property
    def vendor_id(self) -> int | None:
        """The shop's id, where there is a shop."""
        return self.vendor.id if self.vendor else None


@dataclass(frozen=True, slots=True)
class StampClock:
    """What cooldown and daily cap remember on the card: the last stamp, the latest day that had
    one with its count, and the count of the day before that."""

    last_stamp_at: datetime | None
    stamp_day: date | None
    stamp_day_count: int
    stamp_eve_count: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What bonuses remember on the card: purchases that counted, the furthest they ever were,
    the year of the last birthday bonus, and what a welcome bonus still waits for."""

    purchases: int
    purchases_peak: int
    birthday_year: int | None
    welcome_due: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Points that keep the day on which they were granted, and the day on which they expire:
    one lot of a merged card."""

    points: int
    granted_on: date
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules decided: the line to write and the card's new counters.

    `points`, `stamps` and `lifetime` are signed changes. `stamp_clock` and `memory` are None
    where they stay as they are, `active_at` where the verb is no activity (voids, adjustments,
    jobs). `rules` is the revision that the line names where it is not the one in force.

    Points taken come from the oldest lots, the lot of the line `draws_first` before them.
    Points given make a lot of this day; or come back to the lots that the line `refills` drew
    from; or make the lots in `grants`. `events` are told beside the line's own.
    `told` is added to the answer.
    """

    type: str
    event: str
    steps: tuple[Step, ...]
    points: int = 0
    stamps: int = 0
    lifetime: int = 0
    stamp_clock: StampClock | None = None
    active_at: datetime | None = None
    reverses_id: int | None = None
    reversal_part: int | None = None
    reference: str | None = None
    amount_minor: int | None = None
    reward_id: int | None = None
    reason: str | None = None
    memory: Memory | None = None
    rules: Rules | None = None
    draws_first: int | None = None
    refills: int | None = None
    keep_until: date | None = None
    grants: tuple[Grant, ...] = ()
    events: tuple[str, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)

    def applied_to(self, card: LockedCard) -> LockedCard:
        """The card as the rules will find it after this line."""
        return replace(
            card,
            points_balance=card.points_balance + self.points,
            stamps_balance=card.stamps_balance + self.stamps,
            lifetime_points=card.lifetime_points + self.lifetime,
            **(_values(self.memory) if self.memory else {}),
            **(_values(self.stamp_clock) if self.stamp_clock else {}),
        )


def _values(counters: Memory | StampClock) -> dict[str, Any]:
    return {f.name: getattr(counters, f.name) for f in fields(counters)}
