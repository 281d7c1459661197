"""One company's programme: its cards, and all verbs on them."""

from datetime import date, datetime

from .arithmetic import Rules, tier_of
from .books import Card, No
from .earning import Earning
from .spending import Spending


class Programme(Earning, Spending):
    """What each verb answers, or the first reason why not (`No`)."""

    def enrol(self, number: str, shop: str, now: datetime, born: date | None = None) -> None:
        """A card nobody had; `number` is the one that the product gave it."""
        card = self.cards[number] = Card(number, born)
        if self.rules["welcome_bonus_points"] and self.rules["loyalty_type"] != "stamps":
            card.welcome_due = self.rules["welcome_bonus_when"]
        self._welcome(card, self._here(now, shop), "enrolment")

    def may_enrol(self) -> None:
        if not self.active:
            raise No("enrolment-closed")

    def replace(self, number: str, new: str) -> None:
        card = self.cards[new] = self.cards.pop(number)
        card.number = new

    def block(self, number: str, blocked: bool) -> None:
        self._found(number).status = "blocked" if blocked else "active"

    def card(self, number: str) -> Rules:
        """What `GET /cards/{number}` shows."""
        card, target = self._found(number), self.rules["stamps_target"]
        tier = tier_of(self.rules, card.lifetime)
        return {
            "number": number,
            "status": card.status,
            "points_balance": card.points,
            "stamps_balance": card.stamps,
            "stamps_target": target,
            "rewards_ready": max(0, card.stamps) // target,
            "lifetime_points": card.lifetime,
            "tier": tier["name"] if tier else None,
        }
