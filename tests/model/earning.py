"""Earning: points of a sale, its bonuses, and stamps."""

from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from .arithmetic import Lines, Points, Rules, in_hours, is_birthday, local, multiplier_of, points_of
from .books import Card, No
from .ground import Ground


class Earning(Ground):
    """The verbs that give."""

    def preview(self, number: str, shop: str, now: datetime, **sale: Any) -> Rules:
        """What `earn` would give, written nowhere."""
        return self._judged(number, shop, now, **sale)[2]

    def earn(self, number: str, shop: str, now: datetime, **sale: Any) -> Rules:
        card, lines, figures = self._judged(number, shop, now, **sale)
        here, amount = self._here(now, shop), sum(each for each, _ in lines)
        day = here["business_day"]
        counts = amount > 0 and amount >= self.rules["minimum_purchase_minor"]
        stamps = self._stamps_of_sale(card, now, day) if counts else 0
        card.lifetime += figures["points_earned"]
        line = card.grant("points_earned", figures["points_earned"], stamps, amount=amount, **here)
        self._stamped(card, stamps, now, day)
        if counts:
            line.purchase = card.purchases = card.purchases + 1
            line.again = card.purchases <= card.furthest
            card.furthest = max(card.furthest, card.purchases)
            line.birthday = line.points > 0 and self._birthday_is_due(card, day)
            card.birthday_year = day.year if line.birthday else card.birthday_year
            self._welcome(card, here, "first_visit")
        return line.told() | figures

    def _judged(
        self, number: str, shop: str, now: datetime, **sale: Any
    ) -> tuple[Card, Lines, Rules]:
        sold = self._sale(**sale)
        card = self._usable(number, shop)
        if self.rules["loyalty_type"] == "stamps":
            raise No("points-not-enabled")
        multiplier = multiplier_of(self.rules, card.lifetime)
        total = sum(each for each, _ in sold)
        points = Points()
        if total and total >= self.rules["minimum_purchase_minor"]:
            bonuses = [b for b in self._bonuses() if self._applies(b, card, shop, now, sold)]
            points = points_of(self.rules, multiplier, sold, bonuses)
        return card, sold, _figures(points, multiplier)

    def _sale(
        self,
        amount: int | None = None,
        category: str | None = None,
        lines: Lines | None = None,
    ) -> Lines:
        sold = lines if lines else [(amount or 0, category)]
        bad = any(each < 0 for each, _ in sold) or (amount is None and not lines)
        if lines and amount is not None and amount != sum(each for each, _ in lines):
            bad = True
        known = set(self.rules["category_rates"])
        known |= {name for bonus in self.rules["bonuses"] for name in bonus.get("categories", ())}
        if bad or any(each is not None and each not in known for _, each in sold):
            raise No("validation")
        return sold

    def _bonuses(self) -> list[Rules]:
        own = {"percent_bp": self.rules["birthday_bonus_bp"], "birthday": True}
        return [own, *self.rules["bonuses"]] if own["percent_bp"] else self.rules["bonuses"]

    def _applies(self, bonus: Rules, card: Card, shop: str, now: datetime, sold: Lines) -> bool:
        wall = local(now, self.shops[shop])
        day, number = wall.date(), card.purchases + 1
        new = number > card.furthest  # a number lost by a return is not rewarded a second time
        named = bonus.get("categories", ())
        return all(
            (
                not bonus.get("birthday") or self._birthday_is_due(card, day),
                not bonus.get("first_visit") or (number == 1 and new),
                not bonus.get("every") or (number % bonus["every"] == 0 and new),
                not bonus.get("weekdays") or wall.isoweekday() in bonus["weekdays"],
                in_hours(bonus.get("from_time"), bonus.get("until_time"), wall),
                bonus.get("starts_on", "0") <= day.isoformat() <= bonus.get("ends_on", "9999"),
                not bonus.get("vendors") or shop in bonus["vendors"],
                not named or any(category in named for _, category in sold),
            )
        )

    def _birthday_is_due(self, card: Card, day: date) -> bool:
        """The first earning on the birthday: not if there was one that (still) counts."""
        return is_birthday(card.born, day) and card.birthday_year != day.year

    def stamp(self, number: str, shop: str, now: datetime, quantity: int = 1) -> Rules:
        card = self._usable(number, shop)
        self._stamps_are_on()
        here = self._here(now, shop)
        self._may_stamp(card, now, here["business_day"], quantity)
        line = card.write("stamps_added", 0, quantity, **here)
        self._stamped(card, quantity, now, here["business_day"])
        self._welcome(card, here, "first_visit")
        return line.told()

    def _may_stamp(self, card: Card, now: datetime, day: date, quantity: int) -> None:
        pause, cap = timedelta(minutes=self.rules["cooldown_minutes"]), self.rules
        # No pause is no pause, also where the clock went back behind the last stamp.
        if pause and card.stamped_at and now < card.stamped_at + pause:
            left = card.stamped_at + pause - now
            raise No("cooldown", retry_after_seconds=ceil(left.total_seconds()))
        most = cap["max_daily_stamps"]
        if most is not None and card.stamped_on.get(day, 0) + quantity > most:
            raise No("daily-cap")

    def _stamps_of_sale(self, card: Card, now: datetime, day: date) -> int:
        stamps: int = self.rules["stamps_per_sale"]
        if not stamps or self.rules["loyalty_type"] != "hybrid":
            return 0
        try:
            self._may_stamp(card, now, day, stamps)
        except No:
            return 0
        return stamps

    def _stamped(self, card: Card, stamps: int, now: datetime, day: date) -> None:
        if stamps:
            card.stamped_at = now
            card.stamped_on[day] = card.stamped_on.get(day, 0) + stamps


def _figures(points: Points, multiplier_bp: int) -> Rules:
    return {
        "base_points": points.base,
        "tier_multiplier_bp": multiplier_bp,
        "tier_points": points.tier,
        "bonus_points": points.bonus,
        "capped_points": points.capped,
        "points_earned": points.earned,
    }
