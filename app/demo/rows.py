"""The rows of a synthetic company: whose they are, their columns, and what a line's link covers."""

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from ..modules.loyalty.cards import check_character
from ..modules.loyalty.cards.numbers import ALPHABET
from ..modules.loyalty.ledger import chain

# -- a line's columns, and what its link covers: as `ledger/chain.py` lists them ----------------

_NEVER = {"terminal_id", "user_id", "api_key_id", "reverses_id", "reversal_part", "reference"}
_NEVER |= {"reason"}
_AS_JSON = dict.fromkeys(_NEVER, "null") | {"proven": "true", "type": '"%(type)s"'}
_covered = ",".join(_AS_JSON.get(name, f"%({name})s") for name in chain.COVERED)
COVERED = f'[{_covered},"%(business_day)sT%(time)s","%(business_day)s"%(later)s]'
_OWN = [name for name in (*chain.COVERED, *chain.LATER) if name not in _NEVER]

LINE = (*(n for n in _OWN if n != "proven"), "occurred_at", "business_day", "key_version", "chain")
of_line = itemgetter(*LINE)
EVENT = ("company_id", "id", "kind", "body", "state", "due_at", "created_at")
LOT = ("company_id", "id", "card_id", "transaction_id", "granted", "remaining", "granted_on")
DRAW = ("company_id", "transaction_id", "lot_id", "points")
CUSTOMER = ("company_id", "id", "first_name", "last_name", "search_name", "email", "created_at")
CARD = (
    "company_id",
    "id",
    "customer_id",
    "number",
    "points_balance",
    "stamps_balance",
    "lifetime_points",
    "sequence",
    "head",
    "last_stamp_at",
    "stamp_day",
    "stamp_day_count",
    "purchases",
    "purchases_peak",
    "last_activity_at",
    "enrolled_vendor_id",
    "created_at",
)


_IDS_APART = 2**22  # lines of one second have ids of their own up to here


@dataclass(frozen=True, slots=True)
class Plan:
    """One company's rows by arithmetic: ids count up from where these begin."""

    company: int
    revision: int
    reward: int
    shops: list[tuple[int, str, int]]  # id, name, and who works there
    cards: int
    lines: int
    first_customer: int
    first_card: int
    first_id: int
    ids_per_second: int
    key: bytes
    key_version: int
    days: list[str]

    def second_of(self, place: int) -> int:
        """When the line in this place of all happens, counted from the first day."""
        return place * len(self.days) * 86_400 // max(self.lines + self.cards, 1)

    def id_of(self, place: int) -> int:
        """An id of that second, as the line would have been given: lists and figures find the
        days of a real company by it. Its event and its lot have the same one."""
        return self.first_id + self.second_of(place) * self.ids_per_second + place % _IDS_APART

    def lines_of(self, card: int) -> int:
        return self.lines // self.cards + (card < self.lines % self.cards)


@dataclass(slots=True)
class Rows:
    """What a chunk of cards adds to each table."""

    customers: list[Any] = field(default_factory=list)
    cards: list[Any] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    lots: list[Any] = field(default_factory=list)
    draws: list[Any] = field(default_factory=list)


def customer(plan: Plan, card: int) -> tuple[Any, ...]:
    last = f"Guest {card + 1:07d}"
    return (
        plan.company,
        plan.first_customer + card,
        "Sample",
        last,
        f"sample {last.lower()}",
        f"guest-{card + 1}@example.com",
        since(plan),
    )


def since(plan: Plan) -> str:
    return f"{plan.days[0]} 00:00:00.000000"


def number(card_id: int) -> str:
    """A valid number, spread over the whole range by a multiplicative step; never drawn."""
    left = card_id * 0x9E3779B97F4A7C15 % 2**55
    body = ""
    for _ in range(11):
        left, digit = divmod(left, 32)
        body += ALPHABET[digit]
    return body + check_character(body)
