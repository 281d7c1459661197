"""What lies ahead of a card, in words: what can be had now, what is next and how far it is."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ... import expiry
from ...expiry import Days
from ...ledger.explain import words
from ...programs.rules import ProgramState
from ...rewards import catalogue
from ...rewards.catalogue import CardRewards, Choice
from .showing import Shown

MOST_NEXT, MOST_HAD, MOST_EXPIRING = 3, 3, 3
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A card's rewards as its page tells them."""

    shown: Shown
    rewards: CardRewards
    days: Days

    @property
    def expiring(self) -> list[str]:
        """`30 points expire on 31 December 2026.`, the soonest first."""
        coming = [(day, points) for day, points in self.days if day > self.shown.day]
        return [
            ngettext(
                "%(points)s point expires on %(day)s.",
                "%(points)s points expire on %(day)s.",
                points,
                points=words.number(points),
                day=_day(day),
            )
            for day, points in coming[:MOST_EXPIRING]
        ]

    @property
    def yours(self) -> Pairs:
        """Rewards of the catalogue that can be had now: `(name, price)`. The programme's own
        stamp reward has a place of its own."""
        return [(_at_its_shops(c), _price(c)) for c in self.rewards.redeemable if c.id]

    @property
    def next(self) -> Pairs:
        """`(name, how far)`: the stamp reward, then what is nearest."""
        near = [(_at_its_shops(choice), _missing(choice)) for choice in self._near]
        stamps = [(name, _to_go(stamps)) for name, stamps in self.shown.next]
        return [*stamps, *near[:MOST_NEXT]]

    @property
    def had(self) -> Pairs:
        """`(name, day)`: the latest rewards that were taken and not cancelled."""
        taken = [line for line in self.rewards.redeemed if not line.cancelled]
        return [(line.name, _day(line.business_day)) for line in taken[:MOST_HAD]]

    @property
    def say(self) -> str:
        """The one sentence of a card that counts points alone."""
        balance = self.shown.card.points_balance
        if balance < 0:
            return self.owed
        if self.yours:
            return _("%(reward)s can be yours.", reward=self.yours[-1][0])
        if self._near and self._near[0].missing_points:
            points = words.points(self._near[0].missing_points)
            return _("%(points)s to %(reward)s.", points=points, reward=self._near[0].name)
        return self.tier or _("What you have collected so far.")

    @property
    def owed(self) -> str:
        """`30 points are owed: the next ones go there.`; empty where none are."""
        owed = -self.shown.card.points_balance if self.shown.rules.points else 0
        if owed <= 0:
            return ""
        return ngettext(
            "%(points)s point is owed: the next one goes there.",
            "%(points)s points are owed: the next ones go there.",
            owed,
            points=words.number(owed),
        )

    @property
    def tier(self) -> str:
        """`120 points to Silver, where points count × 1.25.`; empty at the top of the ladder."""
        card, rules = self.shown.card, self.shown.rules
        ahead = rules.next_tier(card.tier_points) if rules.points else None
        if ahead is None:
            return ""
        figures = {
            "points": words.points(ahead.min_lifetime_points - card.tier_points),
            "tier": ahead.name,
        }
        if ahead.multiplier_bp == words.PLAIN_BP:
            return _("%(points)s to %(tier)s.", **figures)
        times = words.times(ahead.multiplier_bp)
        return _(
            "%(points)s to %(tier)s, where points count ×\u00a0%(times)s.", times=times, **figures
        )

    @property
    def tier_progress(self) -> tuple[int, int] | None:
        """`(points that count, the next tier's)`; None at the top, or where nothing counts."""
        card, rules = self.shown.card, self.shown.rules
        ahead = rules.next_tier(card.tier_points) if rules.points else None
        return (card.tier_points, ahead.min_lifetime_points) if ahead else None

    @property
    def expiring_days(self) -> Pairs:
        """`(day, points)`, the soonest first."""
        coming = [(day, points) for day, points in self.days if day > self.shown.day]
        return [(_day(day), words.points(points)) for day, points in coming[:MOST_EXPIRING]]

    @property
    def progress(self) -> tuple[int, int] | None:
        """`(points, price)` of the nearest reward that only points are missing for."""
        balance = self.shown.card.points_balance
        nearest = next((c for c in self._near if c.missing_points and not c.missing_stamps), None)
        return (balance, nearest.points) if nearest and balance >= 0 else None

    @property
    def _near(self) -> list[Choice]:
        return [choice for choice in self.rewards.near if choice.id]


def ahead(now: Shown) -> Ahead:
    """The card's rewards today, anywhere in the chain."""
    state = ProgramState(now.program.active, now.program.redeemable_until)
    rewards = catalogue.of_card(now.card, rules=now.rules, day=now.day, state=state)
    return Ahead(now, rewards, expiry.expiring(now.card) if now.rules.points else [])


def _at_its_shops(choice: Choice) -> str:
    """`Breakfast`, or `Breakfast (Station)` where only some shops give it."""
    shops = ", ".join(shop.name for shop in choice.shops)
    return _("%(reward)s (%(shops)s)", reward=choice.name, shops=shops) if shops else choice.name


def _price(choice: Choice) -> str:
    return words.price({"points": choice.points, "stamps": choice.stamps})


def _missing(choice: Choice) -> str:
    """`72 points to go`; a reward that is paid for waits for its day, or for the card's."""
    missing = {"points": choice.missing_points, "stamps": choice.missing_stamps}
    if any(missing.values()):
        return _to_go(words.price(missing))
    begins = choice.refusal.figures.get("valid_from") if choice.refusal else None
    return _("from %(day)s", day=_day(date.fromisoformat(begins))) if begins else _("waits for you")


def _to_go(missing: str) -> str:
    """Never the bare figure, which would read as the price."""
    return _("%(price)s to go", price=missing)


def _day(day: date) -> str:
    return str(format_date(day, "long", locale=get_locale()))
