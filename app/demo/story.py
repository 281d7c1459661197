"""What happens over the months, planned before it is played: who joins, who comes when.

Pure, and the same each time for the same moment: chance comes from a seeded generator.
Whether a visit may be stamped is not decided here but by the rules, when it is played.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from .. import clock, text
from ..accounts.customers import Person
from .cast import FIRST_NAMES, LAST_NAMES, Chain, Shop

JOIN, VISIT, BLOCK = "join", "visit", "block"
# The counter that `make run` invites to is busy whatever the hour: minutes before now.
_JUST_NOW = (56, 51, 44, 38, 31, 25, 18, 12, 7, 3)
_QUIET = timedelta(minutes=75)
_SHOWN_TO_MANY = 88  # days ago that the named customers joined


@dataclass(frozen=True, slots=True)
class Guest:
    """A customer before they are one; `habit` is the mean number of days between visits."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    shop: Shop
    second_shop: Shop | None
    habit: int

    def person(self, country: str) -> Person:
        """What they say of themselves when they join."""
        return Person.checked(
            country=country,
            email=self.email,
            phone=self.phone,
            first_name=self.first_name,
            last_name=self.last_name,
        )


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """One thing that happens: in the order of time, then of the guests."""

    at: datetime
    guest: int
    what: str
    shop: str


def guests(chain: Chain, chance: Random) -> list[Guest]:
    """The chain's customers; the named ones first. Every contact is another."""
    names = [*chain.named]
    pairs = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    taken = set(names)
    names += [
        pair for pair in chance.sample(pairs, chain.customers + len(names)) if pair not in taken
    ]
    return [_guest(chain, n, *name, chance) for n, name in enumerate(names[: chain.customers])]


def _guest(chain: Chain, n: int, first: str, last: str, chance: Random) -> Guest:
    named = n < len(chain.named)
    shop = chain.shops[0]
    if not named:
        shop = chance.choices(chain.shops, [shop.share for shop in chain.shops])[0]
    elsewhere = [other for other in chain.shops if other is not shop]
    by_phone = not named and chance.random() < 0.3
    return Guest(
        first_name=first,
        last_name=last,
        email=None if by_phone else f"{_plain(first)}.{_plain(last)}@example.com",
        phone=f"+493023125{n:03d}" if by_phone else None,
        shop=shop,
        second_shop=chance.choice(elsewhere) if elsewhere and chance.random() < 0.15 else None,
        habit=chance.choices((4, 7, 14, 35), (22, 25, 30, 23))[0],
    )


def _plain(name: str) -> str:
    return text.folded(name).replace(" ", "-")


def moments(chain: Chain, cast: list[Guest], now: datetime, chance: Random) -> list[Moment]:
    """Everything that happens until `now`, in order."""
    found: list[Moment] = []
    for n, guest in enumerate(cast):
        found += (
            _named(chain, n, now) if n < len(chain.named) else _life(chain, n, guest, now, chance)
        )
    return sorted([*found, *_lately(chain, found, now)])


def _named(chain: Chain, n: int, now: datetime) -> Iterator[Moment]:
    """Visitors whose cards are shown: 19 and 12 visits, the last one a few days ago."""
    shop = chain.shops[0]
    visits = (19, 12)[n]
    days = [3 + (_SHOWN_TO_MANY - 3) * back // visits for back in range(visits)]
    joined = _at(shop, now, _SHOWN_TO_MANY, 8 + n, 4)
    yield Moment(joined, n, JOIN, shop.slug)
    for back in days:
        at = _at(shop, now, back, 8 + n, 10 + back % 30)
        closed = at.weekday() == 6
        yield Moment(at + timedelta(days=closed), n, VISIT, shop.slug)


def _life(chain: Chain, n: int, guest: Guest, now: datetime, chance: Random) -> Iterator[Moment]:
    """One guest's months: joining, coming by habit, perhaps staying away, rarely blocked."""
    back = int(chain.days * chance.betavariate(1.7, 1.1))
    leaves = chance.randrange(back + 1) if chance.random() < 0.2 else 0
    blocked = chance.random() < 0.008
    joining = True
    while back >= leaves:
        shop = guest.second_shop if guest.second_shop and chance.random() < 0.3 else guest.shop
        at = _at(shop, now, back, *_hour(shop, chance))
        open_then = shop.sundays or at.astimezone(clock.zone(shop.timezone)).weekday() < 6
        if open_then and at < now - _QUIET:
            if joining:
                yield Moment(at - timedelta(minutes=2), n, JOIN, shop.slug)
                joining = False
            yield Moment(at, n, VISIT, shop.slug)
            if chance.random() < 0.04:  # and once more before closing: colleagues' coffees
                yield Moment(at + timedelta(minutes=17), n, VISIT, shop.slug)
        back -= max(1, round(chance.expovariate(1 / guest.habit)))
    if blocked and not joining:
        yield Moment(now - timedelta(days=max(leaves, 1)), n, BLOCK, guest.shop.slug)


def _hour(shop: Shop, chance: Random) -> tuple[int, int]:
    """Most people come for breakfast, fewer at noon and in the afternoon."""
    part = chance.choices((0.12, 0.45, 0.75), (5, 3, 2))[0] + chance.gauss(0, 0.07)
    minute = int(min(max(part, 0.0), 0.97) * (shop.closes - shop.opens) * 60)
    return shop.opens + minute // 60, minute % 60


def _at(shop: Shop, now: datetime, days_back: int, hour: int, minute: int) -> datetime:
    local = now.astimezone(clock.zone(shop.timezone)) - timedelta(days=days_back)
    return datetime.combine(local.date(), time(hour, minute, 11 * minute % 60), local.tzinfo)


def _lately(chain: Chain, found: list[Moment], now: datetime) -> Iterator[Moment]:
    """The first shop's last hour, with guests who were not there for a day or two."""
    last: dict[int, datetime] = {}
    for moment in sorted(found):
        last[moment.guest] = moment.at
        if moment.what == BLOCK:
            last[moment.guest] = now
    shop = chain.shops[0]
    rested = [n for n, at in sorted(last.items()) if timedelta(2) < now - at < timedelta(20)]
    rested = [n for n in rested if n >= len(chain.named)]
    for minutes, n in zip(
        _JUST_NOW, rested[:: max(1, len(rested) // len(_JUST_NOW))], strict=False
    ):
        yield Moment(now - timedelta(minutes=minutes, seconds=7 * minutes), n, VISIT, shop.slug)
