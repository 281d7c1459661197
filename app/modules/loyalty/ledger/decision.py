"""The values that pass between rules, services and the ledger. Nothing here touches a database."""

from dataclasses import dataclass
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
    last_activity_at: datetime | None


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
    replay: Posted | None = None


@dataclass(frozen=True, slots=True)
class StampClock:
    """What cooldown and daily cap remember on the card: the last stamp, the latest day that had
    one with its count, and the count of the day before that."""

    last_stamp_at: datetime | None
    stamp_day: date | None
    stamp_day_count: int
    stamp_eve_count: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules decided: the line to write and the card's new counters.

    `points`, `stamps` and `lifetime` are signed changes. `stamp_clock` is None where it stays
    as it is, `active_at` where the verb is no activity (voids, adjustments, jobs).
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
