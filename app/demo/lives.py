"""What happens on a synthetic card, as the ledger would have written it.

A cycle of sixteen lines: ten stamps and their reward, four sales and the reward that their
points buy. The texts are put together here for speed; `flask loyalty verify`, which recomputes
every line by the ledger's own code, holds them to it.
"""

import hmac
from collections.abc import Iterator
from typing import Any

from .rows import COVERED, Plan, Rows, customer, number, of_line, since

TARGET, STAMPS_REWARD = 10, "Free item"
PRICE, REWARD, REWARD_VALUE = 100, "€5.00 off", 500
_AMOUNTS = (1_800, 2_200, 2_700, 3_300)  # at a point for each hundred they make one reward
_STAMP, _TAKE, _SALE, _REDEEM = (
    "stamps_added",
    "stamps_redeemed",
    "points_earned",
    "points_redeemed",
)
_EVENTS = {
    _STAMP: "stamp.added",
    _TAKE: "stamp.redeemed",
    _SALE: "points.earned",
    _REDEEM: "points.redeemed",
}
_THIRD = (_STAMP, _STAMP, _STAMP, _SALE)
_CYCLE = (*_THIRD, *_THIRD, *_THIRD, _STAMP, _TAKE, _SALE, _REDEEM)
_SECONDS = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}.000000" for s in range(86_400)]


class Life:
    """One card as its lines change it."""

    def __init__(self, plan: Plan, card: int) -> None:
        self.plan, self.card, self.id = plan, card, plan.first_card + card
        self.shop, self.shop_name, self.member = plan.shops[card % len(plan.shops)]
        self.head = bytes(32)
        self.stamps = self.points = self.lifetime = self.purchases = 0
        self.moment: str | None = None
        self.last_stamp: str | None = None
        self.stamp_day: str | None = None
        self.day_count = 0
        self.open: list[tuple[int, ...]] = []  # lots with all their points: a row but for the day
        self.days: list[str] = []

    def lived(self, rows: Rows) -> None:
        """The whole life. Lines of all cards take turns, so ids run with time."""
        plan, count = self.plan, self.plan.lines_of(self.card)
        for n in range(count):
            place = n * plan.cards + self.card
            at = plan.second_of(place)
            self._line(rows, n, place, plan.days[at // 86_400], _SECONDS[at % 86_400])
        self._lots(rows, remain=True)
        rows.customers.append(customer(plan, self.card))
        rows.cards.append(
            (
                plan.company,
                self.id,
                plan.first_customer + self.card,
                number(self.id),
                self.points,
                self.stamps,
                self.lifetime,
                count,
                self.head if count else None,
                self.last_stamp,
                self.stamp_day,
                self.day_count,
                self.purchases,
                self.purchases,
                self.moment,
                self.shop,
                since(plan),
            )
        )

    def _line(self, rows: Rows, n: int, place: int, day: str, time: str) -> None:
        plan, line_id, kind = self.plan, self.plan.id_of(place), _CYCLE[n % len(_CYCLE)]
        self.moment = moment = f"{day} {time}"
        values: dict[str, Any] = {
            "company_id": plan.company,
            "id": line_id,
            "card_id": self.id,
            "sequence": n + 1,
            "type": kind,
            "points": 0,
            "stamps": 0,
            "vendor_id": self.shop,
            "staff_id": self.member,
            "revision_id": plan.revision,
            "amount_minor": None,
            "reward_id": None,
            "later": "",
            "occurred_at": moment,
            "business_day": day,
            "time": time,
            "key_version": plan.key_version,
        }
        values["steps"] = _HAPPENS[kind](self, values, rows)
        self.points += values["points"]
        self.stamps += values["stamps"]
        values["points_after"], values["stamps_after"] = self.points, self.stamps
        values["lifetime_after"] = self.lifetime
        covered = COVERED % values
        self.head = values["chain"] = hmac.digest(plan.key, self.head + covered.encode(), "sha256")
        rows.lines.append(of_line(values))
        body = f'{{"card":"{self.id}","transaction":"{line_id}","sequence":{n + 1}}}'
        event = (plan.company, line_id, _EVENTS[kind], body, "done")
        rows.events.append((*event, moment, moment))

    # -- what happens: each sets the line's own figures and answers its steps -------------------

    def _stamped(self, values: dict[str, Any], _rows: Rows) -> str:
        day, before = values["business_day"], self.stamps
        self.day_count = self.day_count + 1 if day == self.stamp_day else 1
        self.last_stamp, self.stamp_day = values["occurred_at"], day
        values["stamps"] = 1
        ready = f',{{"code":"reward-ready","reward":"{STAMPS_REWARD}","ready":1}}'
        return (
            f'[{{"code":"stamps-given","quantity":1,"vendor":"{self.shop_name}"}},'
            f'{{"code":"stamps-counted","before":{before},"after":{before + 1},'
            f'"target":{TARGET}}},{{"code":"day-counted","count":{self.day_count},"cap":5}}'
            f"{ready if before + 1 >= TARGET else ''}]"
        )

    def _took(self, values: dict[str, Any], _rows: Rows) -> str:
        values["stamps"] = -TARGET
        return (
            f'[{{"code":"reward-taken","reward":"{STAMPS_REWARD}","value_minor":null,'
            f'"target":{TARGET}}},{{"code":"stamps-kept","before":{TARGET},"after":0}}]'
        )

    def _bought(self, values: dict[str, Any], _rows: Rows) -> str:
        amount, before = _AMOUNTS[self.purchases % len(_AMOUNTS)], self.points
        points = amount // 100
        self.purchases += 1
        self.lifetime += points
        values["points"], values["amount_minor"] = points, amount
        values["later"] = f',["amount_minor",{amount}]'
        line_id = values["id"]
        self.open.append((self.plan.company, line_id, self.id, line_id, points))
        self.days.append(values["business_day"])
        return (
            f'[{{"code":"sale","amount_minor":{amount},"vendor":"{self.shop_name}",'
            f'"number":{self.purchases}}},{{"code":"rate","category":null,'
            f'"amount_minor":{amount},"points":1,"unit_minor":100}},'
            f'{{"code":"rounded-down","exact":"{points}","points":{points}}},'
            f'{{"code":"points-counted","before":{before},"after":{before + points}}}]'
        )

    def _redeemed(self, values: dict[str, Any], rows: Rows) -> str:
        values["points"], values["reward_id"] = -PRICE, self.plan.reward
        values["later"] = f',["reward_id",{self.plan.reward}]'
        rows.draws.extend((lot[0], values["id"], lot[1], lot[4]) for lot in self.open)
        self._lots(rows, remain=False)
        return (
            f'[{{"code":"reward-redeemed","reward":"{_REWARD_JSON}","points":{PRICE},"stamps":0,'
            f'"value_minor":{REWARD_VALUE}}},{{"code":"points-counted","before":{PRICE},'
            f'"after":0}}]'
        )

    def _lots(self, rows: Rows, *, remain: bool) -> None:
        """The lots since the last reward: whole, or all drawn."""
        for lot, day in zip(self.open, self.days, strict=True):
            rows.lots.append((*lot, lot[4] if remain else 0, day))
        self.open, self.days = [], []


_REWARD_JSON = REWARD.encode("ascii", "backslashreplace").decode()
_HAPPENS = {
    _STAMP: Life._stamped,
    _TAKE: Life._took,
    _SALE: Life._bought,
    _REDEEM: Life._redeemed,
}


def lives(plan: Plan, at_once: int) -> Iterator[Rows]:
    """The rows of so many cards at a time."""
    for start in range(0, plan.cards, at_once):
        rows = Rows()
        for card in range(start, min(start + at_once, plan.cards)):
            Life(plan, card).lived(rows)
        yield rows
