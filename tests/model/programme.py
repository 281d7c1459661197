"""The verbs of one company's programme: what each answers, or the first reason why not.

The order of refusals is the contract's: validation, not-found, program-inactive, card-blocked,
not-enabled, cooldown, daily-cap, minimum, balance. (Replay is judged by the driver.)
"""

from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from .arithmetic import (
    Lines,
    Points,
    Rules,
    in_hours,
    is_birthday,
    local,
    multiplier_of,
    points_of,
    tier_of,
)
from .books import Card, Line, No


class Programme:
    """`shops` are time zones by slug; `rules` the first revision, by the API's names."""

    def __init__(self, shops: dict[str, str], rules: Rules, revision: int = 1) -> None:
        self.shops, self.rules, self.revision = shops, rules, revision
        self.active, self.redeemable_until = True, None
        self.rewards: dict[str, Rules] = {}
        self.cards: dict[str, Card] = {}

    # -- the rules --------------------------------------------------------------------------------

    def publish(self, **changes: Any) -> None:
        self.rules = self.rules | changes
        self.revision += 1

    def switch(self, active: bool, redeemable_until: date | None = None) -> None:
        self.active, self.redeemable_until = active, redeemable_until

    # -- cards ------------------------------------------------------------------------------------

    def enrol(self, number: str, shop: str, now: datetime, born: date | None = None) -> None:
        """A card nobody had; `number` is the one that the product gave it."""
        card = self.cards[number] = Card(number, born)
        if self.rules["welcome_bonus_when"] == "enrolment":
            self._welcome(card, self._day(now, shop))

    def may_enrol(self) -> None:
        if not self.active:
            raise No("program-inactive")

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

    # -- earning ----------------------------------------------------------------------------------

    def preview(self, number: str, shop: str, now: datetime, **sale: Any) -> Rules:
        """What `earn` would give, written nowhere."""
        return self._judged(number, shop, now, **sale)[2]

    def earn(self, number: str, shop: str, now: datetime, **sale: Any) -> Rules:
        card, lines, figures = self._judged(number, shop, now, **sale)
        day, amount = self._day(now, shop), sum(each for each, _ in lines)
        counts = amount > 0 and amount >= self.rules["minimum_purchase_minor"]
        stamps = self._stamps_of_sale(card, now, day) if counts else 0
        card.lifetime += figures["points_earned"]
        known = {"revision": self.revision, "day": day, "amount": amount}
        line = card.grant("points_earned", figures["points_earned"], stamps, **known)
        self._stamped(card, stamps, now, day)
        if counts:
            card.purchases += 1
            if card.purchases == 1 and self.rules["welcome_bonus_when"] == "first_visit":
                self._welcome(card, day)
        return self._told(line) | figures

    def _judged(
        self,
        number: str,
        shop: str,
        now: datetime,
        amount: int | None = None,
        category: str | None = None,
        lines: Lines | None = None,
    ) -> tuple[Card, Lines, Rules]:
        sold = self._sale(amount, category, lines)
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

    def _sale(self, amount: int | None, category: str | None, lines: Lines | None) -> Lines:
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
        day = wall.date()
        earned_today = any(
            line.type == "points_earned" and line.day == day and line.points for line in card.lines
        )
        named = bonus.get("categories", ())
        return all(
            (
                not bonus.get("birthday") or (is_birthday(card.born, day) and not earned_today),
                not bonus.get("first_visit") or card.purchases == 0,
                not bonus.get("every") or (card.purchases + 1) % bonus["every"] == 0,
                not bonus.get("weekdays") or wall.isoweekday() in bonus["weekdays"],
                in_hours(bonus.get("from_time"), bonus.get("until_time"), wall),
                bonus.get("starts_on", "0") <= day.isoformat() <= bonus.get("ends_on", "9999"),
                not bonus.get("vendors") or shop in bonus["vendors"],
                not named or any(category in named for _, category in sold),
            )
        )

    def _welcome(self, card: Card, day: date) -> None:
        points = self.rules["welcome_bonus_points"]
        if card.welcomed or not points or self.rules["loyalty_type"] == "stamps":
            return
        card.welcomed = True
        card.lifetime += points
        card.grant("welcome_bonus", points, revision=self.revision, day=day)

    # -- stamps -----------------------------------------------------------------------------------

    def stamp(self, number: str, shop: str, now: datetime, quantity: int = 1) -> Rules:
        card = self._usable(number, shop)
        self._stamps_are_on()
        day = self._day(now, shop)
        self._may_stamp(card, now, day, quantity)
        line = card.write("stamps_added", 0, quantity, revision=self.revision, day=day)
        self._stamped(card, quantity, now, day)
        return self._told(line)

    def redeem_stamps(self, number: str, shop: str, now: datetime) -> Rules:
        card = self._redeeming(number, shop, now)
        self._stamps_are_on()
        target, day = self.rules["stamps_target"], self._day(now, shop)
        if card.stamps < target:
            raise No("insufficient-stamps", needed=target, available=card.stamps)
        line = card.write("stamps_redeemed", 0, -target, revision=self.revision, day=day)
        return self._told(line)

    def _may_stamp(self, card: Card, now: datetime, day: date, quantity: int) -> None:
        pause, cap = timedelta(minutes=self.rules["cooldown_minutes"]), self.rules
        if card.stamped_at and now < card.stamped_at + pause:
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
            card.stamped_at = max(now, card.stamped_at or now)
            card.stamped_on[day] = card.stamped_on.get(day, 0) + stamps

    # -- spending and correcting ------------------------------------------------------------------

    def redeem(self, number: str, reward: str, shop: str, now: datetime) -> Rules:
        found = self.rewards.get(reward)
        card = self._redeeming(number, shop, now, known=found is not None)
        assert found
        points, stamps = found.get("points") or 0, found.get("stamps") or 0
        if points and self.rules["loyalty_type"] == "stamps":
            raise No("points-not-enabled")
        if stamps:
            self._stamps_are_on()
        if points and points < self.rules["minimum_redemption_points"]:
            raise No("below-minimum-redemption")
        if card.points < points:
            raise No("insufficient-points", needed=points, available=card.points)
        if card.stamps < stamps:
            raise No("insufficient-stamps", needed=stamps, available=card.stamps)
        known = {"revision": self.revision, "day": self._day(now, shop), "reward": reward}
        kind = "points_redeemed" if points else "stamps_redeemed"
        return self._told(card.spend(kind, points, stamps, **known))

    def adjust(self, number: str, points: int, now: datetime, home: str) -> Rules:
        if not points:
            raise No("validation")
        card = self._found(number)
        if not self.active:
            raise No("program-inactive")
        if card.status == "blocked":
            raise No("card-blocked")
        if self.rules["loyalty_type"] == "stamps":
            raise No("points-not-enabled")
        if points < 0 and card.points + points < 0:
            raise No("insufficient-points", needed=-points, available=card.points)
        known = {"revision": self.revision, "day": local(now, home).date()}
        if points > 0:
            return self._told(card.grant("points_adjusted", points, **known))
        return self._told(card.spend("points_adjusted", -points, **known))

    def void(self, number: str, sequence: int, now: datetime, amount: int | None = None) -> Rules:
        """Whole, what is left of it, or a part of a sale; the answer is the `voided` line's."""
        card = self._found(number)
        line = card.lines[sequence - 1]
        known = {"revision": line.revision, "day": line.day}
        whole = line.amount or 0
        if amount is not None and (amount <= 0 or line.type != "points_earned"):
            raise No("validation")
        if line.voided:
            raise No("already-voided")
        if amount is not None and line.returned + amount > whole:
            raise No("void-exceeds-original")
        if line.points < 0 or line.stamps < 0:
            line.voided = True
            voided = card.give_back(line, **known)
            self._forgiveness_ends(card, line, line.day)
            return self._told(voided)
        line.returned = whole if amount is None else line.returned + amount
        line.voided = line.returned == whole
        points = _share(line.points, line.returned, whole) - line.points_returned
        stamps = _share(line.stamps, line.returned, whole) - line.stamps_returned
        line.points_returned += points
        line.stamps_returned += stamps
        if line.type != "points_adjusted":
            card.lifetime -= points
        card.stamped_on[line.day] = card.stamped_on.get(line.day, 0) - stamps
        told = self._told(card.take_back(line, points, stamps, **known))
        if self.rules["void_policy"] == "forgive" and card.debt:
            self._forgive(card, line)
        return told

    def _forgive(self, card: Card, line: Line) -> None:
        """The balance is lifted to 0, by a line of its own."""
        if line.lot:
            line.lot.forgiven += card.debt
        card.write("points_forgiven", card.debt, 0, revision=self.revision, day=line.day)

    def _forgiveness_ends(self, card: Card, spending: Line, day: date) -> None:
        """What a cancelled redemption brings back of forgiven points is forgiven no more."""
        ended = 0
        for lot, taken in spending.draws:
            each = min(taken, lot.forgiven)
            lot.forgiven -= each
            ended += each
        if ended:
            card.write("points_forgiven", -ended, 0, revision=self.revision, day=day)
            card._draw(ended)

    # -- what stands before every verb ------------------------------------------------------------

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
        if number not in self.cards or (shop is not None and shop not in self.shops):
            raise No("not-found")
        return self.cards[number]

    def _stamps_are_on(self) -> None:
        if self.rules["loyalty_type"] == "points":
            raise No("stamps-not-enabled")

    def _day(self, now: datetime, shop: str) -> date:
        return local(now, self.shops[shop]).date()

    def _told(self, line: Line) -> Rules:
        names = ("type", "sequence", "points", "stamps", "points_balance", "stamps_balance")
        return {name: getattr(line, name) for name in names} | {"revision": line.revision}


def _figures(points: Points, multiplier_bp: int) -> Rules:
    return {
        "base_points": points.base,
        "tier_multiplier_bp": multiplier_bp,
        "tier_points": points.tier,
        "bonus_points": points.bonus,
        "capped_points": points.capped,
        "points_earned": points.earned,
    }


def _share(whole: int, returned: int, of: int) -> int:
    """floor(points x returned so far / amount), in total; a line without an amount goes whole."""
    return whole * returned // of if of else whole
