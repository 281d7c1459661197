"""A card's notices are gathered: who buys every day is not written to every day, and nothing
expires without its notice; the days on which it goes are those of the rule."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.modules.loyalty import accrual, expiry
from app.modules.loyalty.expiry.rules import Lot, judge, spacing
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.races.points import PLAIN

DAY = timedelta(days=1)
START = date(2027, 1, 20)
YEARLY = date(2027, 6, 1)


@pytest.mark.parametrize(
    ("notice_days", "days"),
    [([30, 7], 7), ([30], 7), ([], 7), ([7, 1], 6), ([3, 1], 2), ([1, 3, 3], 2), ([60, 30, 7], 7)],
)
def test_a_letter_waits_a_week_or_as_long_as_two_notices_of_one_lot_are_apart(
    notice_days: list[int], days: int
) -> None:
    assert spacing(notice_days) == days


class Shopper:
    """Somebody who buys on every day, as the pure rule sees them: a point of each day's number."""

    def __init__(self, policy: Any, notice_days: list[int]) -> None:
        self.policy, self.notice_days = policy, notice_days
        self.lots: dict[int, Lot] = {}
        self.letters: list[date] = []
        self.told: dict[int, list[date]] = {}
        self.gone: dict[int, date] = {}

    def buys(self, today: date, expires_on: date) -> None:
        number = len(self.told) + 1
        self.told[number] = []
        self.lots[number] = Lot(number, 1, 0, expires_on, None, 0, None, None, today)

    def night(self, today: date) -> None:
        one = judge(
            list(self.lots.values()),
            policy=self.policy,
            notice_days=self.notice_days,
            today=today,
            idle_since=today,
        )
        for lot in one.expired:
            self.gone[lot.id] = today
            del self.lots[lot.id]
        for lot in one.noticed:
            self.lots[lot.id] = lot
            self.told[lot.id].append(today)
        if one.announce:
            self.letters.append(today)


def apart(days: list[date]) -> list[int]:
    return [(later - sooner).days for sooner, later in pairwise(days)]


@pytest.mark.parametrize("months", [2, 12])
def test_daily_grants_by_age_bring_a_letter_a_week_and_go_on_their_own_days(months: int) -> None:
    shopper, length = Shopper({"policy": "age", "months": months}, [30, 7]), months * 30
    due = {}
    for ahead in range(2 * length + 60):
        today = START + ahead * DAY
        shopper.night(today)
        shopper.buys(today, today + length * DAY)
        due[len(due) + 1] = today + length * DAY
    assert set(apart(shopper.letters)) == {7}
    assert len(shopper.gone) >= length
    for number, went in shopper.gone.items():
        assert went == due[number], "gathering moves no day"
        first, last = shopper.told[number]
        assert 30 <= (went - first).days <= 36
        assert 7 <= (went - last).days <= 13


def test_a_yearly_day_is_told_to_a_daily_customer_three_times() -> None:
    shopper, due = Shopper({"policy": "yearly", "month_day": "06-01"}, [30, 7]), {}
    for ahead in range(200):
        today = START + ahead * DAY
        shopper.night(today)
        day = YEARLY if today < YEARLY else YEARLY.replace(year=YEARLY.year + 1)
        shopper.buys(today, day)
        due[len(due) + 1] = day
    # Thirty days ahead, seven days ahead, and once for what was bought in the last week.
    assert shopper.letters == [YEARLY - 30 * DAY, YEARLY - 7 * DAY, YEARLY]
    days = Counter(shopper.gone.values())
    assert days[YEARLY] == (YEARLY - START).days - 7
    assert days[YEARLY + 7 * DAY] == 7, "announced first, and gone seven days later"
    assert all(shopper.told[number] for number in shopper.gone)


def test_a_card_gets_one_letter_for_all_that_it_tells_of(chain: Chain) -> None:
    """With the engine: five days' sales, one event, and the days as they were promised."""
    rules = PLAIN | {"expiry": {"policy": "age", "months": 2}, "expiry_notice_days": [30, 7]}
    chain.publish(**rules)
    with clock.at(noon(START)):
        number = chain.card()
    for ahead in range(5):
        with clock.at(noon(START + ahead * DAY)), chain.acting() as session:
            accrual.earn(number, 10 + ahead, by=chain.actor, attempt=None)
            session.commit()
    told = {}
    for ahead in range(80):
        today = START + ahead * DAY
        with clock.at(datetime.combine(today, time(3), UTC)), chain.acting():
            if expiry.expire().told:
                told[ahead] = announced(chain)
    # The first lot goes on 20 March, the last on 24 March: 59 to 63 days after the start.
    assert told == {29: "2027-03-24", 52: "2027-03-24"}
    gone = {line.business_day: -line.points for line in lines(chain, number)}
    assert gone == {date(2027, 3, 20) + n * DAY: 10 + n for n in range(5)}


def announced(chain: Chain) -> str:
    with chain.acting() as session:
        query = select(OutboxEvent.body).where(OutboxEvent.kind == "points.expiring")
        bodies = session.scalars(query.order_by(OutboxEvent.id)).all()
    return str(bodies[-1]["on"])


def lines(chain: Chain, number: str) -> list[LoyaltyTransaction]:
    return [line for line in chain.lines(number) if line.type == "points_expired"]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(11, 0), UTC)
