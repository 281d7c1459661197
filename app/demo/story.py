"""What happens over the months, planned before it is played: who joins, who comes when.

Pure, and the same each time for the same moment: chance comes from a seeded generator.
Whether a visit gives anything is not decided here but by the rules, when it is played.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from .. import clock, text
from ..accounts.customers import Person
from .cast import FIRST_NAMES, LAST_NAMES
from .roles import BLOCK, JOIN, VISIT, Chain, Shop, Shown

# The counter that `make run` invites to was busy until just now, or until it closed.
_JUST_NOW = (56, 51, 44, 38, 31, 25, 18, 12, 7, 3)
_QUIET = timedelta(minutes=75)
_LEAP_YEAR = 1992  # every day is a birthday in it


@dataclass(frozen=True, slots=True)
class Guest:
    """A customer before they are one; `habit` is the mean number of days between visits, and
    `appetite` multiplies what they buy."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    birthday: date | None
    shop: Shop
    second_shop: Shop | None = None
    habit: int = 7
    appetite: float = 1.0

    def person(self, country: str) -> Person:
        """What they say of themselves when they join."""
        return Person.checked(
            country=country,
            email=self.email,
            phone=self.phone,
            first_name=self.first_name,
            last_name=self.last_name,
            birthday=self.birthday,
        )


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """One thing that happens, in the order of time, then of the guests; figure and name are
    those of a shown card's `Act`."""

    at: datetime
    guest: int
    what: str
    shop: str
    figure: int = 0
    name: str = ""


def guests(chain: Chain, now: datetime, chance: Random) -> list[Guest]:
    """The chain's customers; the shown ones first. Every contact is another."""
    names = [(shown.first_name, shown.last_name) for shown in chain.shown]
    pairs = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    taken = set(names)
    names += chance.sample([pair for pair in pairs if pair not in taken], chain.customers)
    return [
        *(_shown(chain, shown, now) for shown in chain.shown),
        *(_guest(chain, n, *names[n], chance) for n in range(len(chain.shown), chain.customers)),
    ]


def _shown(chain: Chain, shown: Shown, now: datetime) -> Guest:
    """The owner of a shown card, of whom everything is told."""
    birthday = None
    if shown.birthday_in is not None:
        birthday = (now + timedelta(days=shown.birthday_in)).date().replace(year=_LEAP_YEAR)
    return Guest(
        first_name=shown.first_name,
        last_name=shown.last_name,
        email=_email(shown.first_name, shown.last_name),
        phone=None,
        birthday=birthday,
        shop=chain.shops[0],
    )


def _guest(chain: Chain, n: int, first: str, last: str, chance: Random) -> Guest:
    """Somebody by chance."""
    shop = chance.choices(chain.shops, [shop.share for shop in chain.shops])[0]
    elsewhere = [other for other in chain.shops if other is not shop]
    by_phone = chance.random() < 0.3
    birthday = date(chance.randrange(1948, 2006), 1, 1) + timedelta(chance.randrange(365))
    return Guest(
        first_name=first,
        last_name=last,
        email=None if by_phone else _email(first, last),
        phone=f"+493023125{n:03d}" if by_phone else None,
        birthday=birthday if chance.random() < 0.5 else None,
        shop=shop,
        second_shop=chance.choice(elsewhere) if elsewhere and chance.random() < 0.15 else None,
        habit=chance.choices((4, 7, 14, 35), (22, 25, 30, 23))[0],
        appetite=chance.choices((1.0, 2.0, 4.5, 9.0), (48, 30, 15, 7))[0],
    )


def _email(first: str, last: str) -> str:
    return f"{_plain(first)}.{_plain(last)}@example.com"


def _plain(name: str) -> str:
    return text.folded(name).replace(" ", "-")


def moments(chain: Chain, cast: list[Guest], now: datetime, chance: Random) -> list[Moment]:
    """Everything that happens until `now`, in order."""
    lately = open_until(chain.shops[0], now)
    found: list[Moment] = []
    for n, guest in enumerate(cast):
        if n < len(chain.shown):
            found += _acts(chain, n, now)
        else:
            found += _life(chain, n, guest, min(now, lately + _QUIET), chance)
    return sorted([*found, *_lately(chain, found, lately)])


def _acts(chain: Chain, n: int, now: datetime) -> Iterator[Moment]:
    """A shown card's story, each card at minutes of its own; what falls on a day when the shop
    is closed happens the day after."""
    shop = chain.shops[0]
    for act in chain.shown[n].acts:
        at = _at(shop, now, act.days_ago, act.hour, (4 + 9 * n + 7 * act.days_ago) % 50)
        closed = at.weekday() == 6 and not shop.sundays
        at += timedelta(days=closed)
        yield Moment(min(at, now), n, act.what, shop.slug, act.figure, act.name)


def _life(chain: Chain, n: int, guest: Guest, now: datetime, chance: Random) -> Iterator[Moment]:
    """One guest's months: joining, coming by habit, perhaps staying away, rarely blocked."""
    back = int(chain.days * chance.betavariate(1.7, 1.1))
    leaves = chance.randrange(back + 1) if chance.random() < 0.2 else 0
    blocked = chance.random() < 0.008
    joining = True
    while back >= leaves:
        shop = guest.second_shop if guest.second_shop and chance.random() < 0.3 else guest.shop
        at = _at(shop, now, back, *_hour(shop, chance))
        open_then = shop.sundays or at.weekday() < 6
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


def open_until(shop: Shop, now: datetime) -> datetime:
    """Now while the shop has been open for an hour, else when it last closed."""
    for days_back in range(3):
        opened = _at(shop, now, days_back, shop.opens, 0)
        closed = _at(shop, now, days_back, shop.closes, 0)
        if (shop.sundays or opened.weekday() < 6) and opened + timedelta(hours=1) <= now:
            return min(now, closed)
    return now


def _lately(chain: Chain, found: list[Moment], until: datetime) -> Iterator[Moment]:
    """The first shop's last hour, with guests who were not there for a day or two."""
    last: dict[int, datetime] = {}
    for moment in sorted(found):
        last[moment.guest] = moment.at if moment.what != BLOCK else until
    shop = chain.shops[0]
    rested = [n for n, at in sorted(last.items()) if timedelta(2) < until - at < timedelta(20)]
    rested = [n for n in rested if n >= len(chain.shown)]
    for minutes, n in zip(
        _JUST_NOW, rested[:: max(1, len(rested) // len(_JUST_NOW))], strict=False
    ):
        yield Moment(until - timedelta(minutes=minutes, seconds=7 * minutes), n, VISIT, shop.slug)
