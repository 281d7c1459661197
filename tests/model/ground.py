"""What every verb stands on: the rules in force, the cards, and the first reasons to refuse.

The order of refusals is the contract's: validation, not-found, program-inactive, card-blocked,
not-enabled, cooldown, daily-cap, minimum, balance. (Replay is the driver's to judge.)
"""

from datetime import date, datetime
from typing import Any

from .arithmetic import Rules, local
from .books import Card, No


class Ground:
    """`shops` are time zones by slug, `home` the company's own; `rules` the first revision, by
    the API's names."""

    def __init__(self, shops: dict[str, str], home: str, rules: Rules, revision: int) -> None:
        self.shops, self.home, self.rules, self.revision = shops, home, rules, revision
        self.active, self.redeemable_until = True, None
        self.rewards: dict[str, Rules] = {}
        self.cards: dict[str, Card] = {}

    def publish(self, **changes: Any) -> None:
        after = self.rules | changes
        self.revision += after != self.rules
        self.rules = after

    def switch(self, active: bool, redeemable_until: date | None = None) -> None:
        self.active, self.redeemable_until = active, redeemable_until

    def _usable(self, number: str, shop: str) -> Card:
        card = self._found(number, shop)
        if not self.active:
            raise No("program-inactive")
        if card.status == "blocked":
            raise No("card-blocked")
        return card

    def _redeeming(self, number: str, shop: str, now: datetime, *, known: bool = True) -> Card:
        card = self._found(number, shop)
        if not known:
            raise No("not-found")
        until = self.redeemable_until
        if not self.active and (until is None or self._day(now, shop) > until):
            raise No("program-inactive")
        if card.status == "blocked":
            raise No("card-blocked")
        return card

    def _found(self, number: str, shop: str | None = None) -> Card:
        if shop is not None and shop not in self.shops:
            raise No("validation")
        if number not in self.cards:
            raise No("not-found")
        return self.cards[number]

    def _stamps_are_on(self) -> None:
        if self.rules["loyalty_type"] == "points":
            raise No("stamps-not-enabled")

    def _here(self, now: datetime, shop: str | None) -> Rules:
        """What a line says of where and when, and the revision in force."""
        day = local(now, self.shops[shop] if shop else self.home).date()
        return {"vendor": shop, "business_day": day, "revision": self.revision}

    def _day(self, now: datetime, shop: str) -> date:
        return local(now, self.shops[shop]).date()

    def _welcome(self, card: Card, here: Rules, moment: str) -> None:
        """The welcome that a card was promised at its enrolment, at the moment it waits for."""
        points = self.rules["welcome_bonus_points"]
        if card.welcome_due != moment or not points or self.rules["loyalty_type"] == "stamps":
            return
        card.welcome_due = None
        card.lifetime += points
        card.grant("welcome_bonus", points, **here)
