"""Spending, adjusting, and taking back."""

from datetime import datetime

from .arithmetic import Rules
from .books import Card, Line, No
from .ground import Ground

VOIDABLE = ("points_earned", "stamps_added", "stamps_redeemed", "points_redeemed")
VOIDABLE += ("points_adjusted",)


class Spending(Ground):
    """The verbs that take, and those that take back."""

    def redeem_stamps(self, number: str, shop: str, now: datetime) -> Rules:
        card = self._redeeming(number, shop, now)
        self._stamps_are_on()
        target = self.rules["stamps_target"]
        if card.stamps < target:
            raise No("insufficient-stamps", needed=target, available=card.stamps)
        return card.write("stamps_redeemed", 0, -target, **self._here(now, shop)).told()

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
        if points and card.points < points:
            raise No("insufficient-points", needed=points, available=card.points)
        if stamps and card.stamps < stamps:
            raise No("insufficient-stamps", needed=stamps, available=card.stamps)
        kind = "points_redeemed" if points else "stamps_redeemed"
        return card.spend(kind, points, stamps, **self._here(now, shop)).told()

    def adjust(self, number: str, points: int, now: datetime) -> Rules:
        if not points:
            raise No("validation")
        card = self._found(number)
        if self.rules["loyalty_type"] == "stamps":
            raise No("points-not-enabled")
        if points < 0 and card.points + points < 0:
            raise No("insufficient-points", needed=-points, available=card.points)
        here = self._here(now, None)
        if points > 0:
            return card.grant("points_adjusted", points, **here).told()
        return card.spend("points_adjusted", -points, **here).told()

    def void(self, number: str, sequence: int, now: datetime, amount: int | None = None) -> Rules:
        """Whole, what is left of it, or a part of a sale; the answer is the `voided` line's. A
        paused programme and a blocked card do not stand in the way."""
        card = self._found(number)
        line = card.lines[sequence - 1]
        here = self._here(now, line.vendor)
        if line.type not in VOIDABLE:
            raise No("not-voidable")
        if amount is not None and (amount <= 0 or line.type != "points_earned"):
            raise No("validation")
        if line.voided:
            raise No("already-voided")
        if amount is not None and line.returned + amount > (line.amount or 0):
            raise No("void-exceeds-original")
        if line.points < 0 or line.stamps < 0:
            return self._cancelled(card, line, here)
        return self._returned(card, line, amount, here)

    def _returned(self, card: Card, line: Line, amount: int | None, here: Rules) -> Rules:
        """floor(points x returned so far / amount) in total, so the last part takes the rest."""
        whole = line.amount or 0
        line.returned = whole if amount is None else line.returned + amount
        line.voided = line.returned == whole
        points = _share(line.points, line.returned, whole) - line.points_returned
        stamps = _share(line.stamps, line.returned, whole) - line.stamps_returned
        line.points_returned += points
        line.stamps_returned += stamps
        if line.type == "points_earned":
            card.lifetime -= points
        day = line.business_day
        card.stamped_on[day] = card.stamped_on.get(day, 0) - stamps
        if line.voided and line.purchase:
            self._unbought(card, line)
        decided = here | {"revision": line.revision}
        told = card.take_back(line, points, stamps, **decided).told()
        forgiving = self.rules["void_policy"] == "forgive" and line.type != "stamps_added"
        if forgiving and card.debt:
            card.write("points_forgiven", card.debt, 0, **here)
        return told

    def _unbought(self, card: Card, line: Line) -> None:
        """What came with the purchase's number, and its birthday bonus, is still to come."""
        card.purchases -= 1
        card.furthest -= card.furthest == line.purchase and not line.again
        card.furthest = card.furthest if card.purchases else 0
        if line.birthday and line.business_day.year == card.birthday_year:
            card.birthday_year = None

    def _cancelled(self, card: Card, line: Line, here: Rules) -> Rules:
        """A redemption's points come back. What would not have been forgiven without it ends to
        be: a line that takes it from what there is."""
        line.voided = True
        told = card.give_back(line, **here | {"revision": line.revision}).told()
        if ended := card.forgiven_needlessly():
            card.spend("points_forgiven", ended, **here)
        return told


def _share(whole: int, returned: int, of: int) -> int:
    """floor(points x returned so far / amount), in total; a line without an amount goes whole."""
    return whole * returned // of if of else whole
