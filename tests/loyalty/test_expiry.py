"""Expiry: by age, yearly, by inactivity; never unannounced, never sooner than promised."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app import clock
from app.modules.loyalty import accrual, expiry, rewards
from app.modules.loyalty.programs.expiry import months_after, next_day
from tests.cast import Chain

NOON = datetime(2026, 1, 31, 11, 0, tzinfo=UTC)


def earn(chain: Chain, number: str, amount: int, at: datetime) -> Any:
    with clock.at(at), chain.acting() as session:
        posted = accrual.earn(number, amount, by=chain.actor, attempt=None)
        session.commit()
    return json.loads(posted.body)


def night(chain: Chain, at: datetime, **asked: Any) -> expiry.Outcome:
    with clock.at(at), chain.acting():
        return expiry.expire(**asked)


def test_T7_a_month_is_a_calendar_month() -> None:
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_after(date(2026, 3, 31), 12) == date(2027, 3, 31)
    assert months_after(date(2026, 12, 15), 1) == date(2027, 1, 15)


def test_the_yearly_day_is_strictly_after_the_grant() -> None:
    assert next_day("01-31", date(2026, 1, 31)) == date(2027, 1, 31)
    assert next_day("01-31", date(2026, 1, 30)) == date(2026, 1, 31)
    assert next_day("02-29", date(2026, 1, 1)) == date(2026, 2, 28)


def test_A11_T10_the_oldest_were_spent_so_only_the_rest_expires(chain: Chain) -> None:
    chain.publish(
        loyalty_type="points",
        expiry={"policy": "age", "months": 12},
        expiry_notice_days=[],
        minimum_redemption_points=0,
    )
    number = chain.card()
    earn(chain, number, 5_000, NOON)
    with clock.at(NOON + timedelta(days=1)), chain.acting() as session:
        reward = rewards.Reward(name="Loaf", points=30)
        session.add(reward)
        session.flush()
        rewards.redeem(number, reward.id, by=chain.actor, attempt=None)
        session.commit()
    day = datetime(2027, 1, 30, 12, 0, tzinfo=UTC)
    assert night(chain, day).points == 0
    assert night(chain, day + timedelta(days=1), dry_run=True).points == 20
    assert night(chain, day + timedelta(days=1)).points == 20
    assert night(chain, day + timedelta(days=1)).points == 0
    line = chain.lines(number)[-1]
    assert (line.type, line.points, line.points_after) == ("points_expired", -20, 0)
