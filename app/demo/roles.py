"""What a chain of the demo consists of: shops, people, rules, and the cards that are shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

JOIN, VISIT, BLOCK = "join", "visit", "block"  # of every guest
STAMP, TAKE, SALE, RETURN, REDEEM = "stamp", "take", "sale", "return", "redeem"
ADJUST, ASK = "adjust", "ask"  # by the office


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop with its hours (local, whole hours), and how many in a hundred call it theirs."""

    slug: str
    name: str
    timezone: str
    address: str
    opens: int
    closes: int
    share: int
    sundays: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody behind the counter of one shop, by its slug, or (None) of every shop."""

    name: str
    pin: str
    shop: str | None
    role: str = "staff"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody with an e-mail and `PASSWORD`; with a shop they are its manager."""

    name: str
    email: str
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Gift:
    """A reward of the catalogue; `shops` are slugs, none means all of them."""

    name: str
    points: int
    value_minor: int
    description: str = ""
    stamps: int = 0
    stock: int | None = None
    per_card_limit: int | None = None
    shops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a shown card's owner does so many days ago, at the chain's first shop.

    `figure` is a sale's amount or how much of the last sale comes back, in minor units (0: all
    of it), or an adjustment's points; `name` a reward's name, or why the office adjusts.
    """

    days_ago: int
    what: str
    figure: int = 0
    name: str = ""
    hour: int = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A customer whose card `make run` prints, with what it shows.

    `birthday_in` is how many days from now it is, None where they did not tell it."""

    first_name: str
    last_name: str
    shows: str
    acts: tuple[Act, ...]
    birthday_in: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A company; `revisions` are rule changes by how many days ago they were published.

    `basket` is what an everyday sale comes to, in minor units; `pictures` paint what the company
    uploaded, by kind.
    """

    slug: str
    name: str
    country: str
    timezone: str
    customers: int
    days: int
    shops: tuple[Shop, ...]
    staff: tuple[Worker, ...]
    people: tuple[SignIn, ...]
    revisions: tuple[tuple[int, dict[str, Any]], ...]
    rewards: tuple[Gift, ...] = ()
    shown: tuple[Shown, ...] = ()
    basket: int = 1_000
    pictures: dict[str, Callable[[], bytes]] = field(default_factory=dict)
