"""Expiry: by age, yearly, by inactivity; never unannounced, never sooner than promised."""

import json
import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock, tenancy, verify
from app.accounts.actors import Actor
from app.extensions import db
from app.modules.loyalty import accrual, adjustments, expiry, merging, returns, rewards
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction, PointDraw, PointLot
from app.modules.loyalty.programs.expiry import months_after, next_day
from app.modules.loyalty.returns import AlreadyVoided, NotVoidable
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.races.points import PLAIN

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


# A point for each minor unit, gone a month later, without notices.
AGED = PLAIN | {"expiry": {"policy": "age", "months": 1}, "expiry_notice_days": []}
GONE = datetime(2026, 2, 28, 3, 0, tzinfo=UTC)  # a month after NOON


def aged(chain: Chain, points: int, **rules: Any) -> tuple[str, int]:
    """A card with one sale: its number, and the line of the sale."""
    chain.publish(**AGED | rules)
    with clock.at(NOON):
        number = chain.card()
    return number, int(earn(chain, number, points, NOON)["transaction_id"])


def back(chain: Chain, line: int, at: datetime) -> int:
    """Return the sale; what was taken."""
    with clock.at(at), chain.acting() as session:
        by = Actor("office", user_id=chain.admin.user_id)
        posted = returns.void(line, by=by, attempt=None)
        session.commit()
        return -int(json.loads(posted.body)["points"])


def reinstate(chain: Chain, line: int, at: datetime) -> int:
    with clock.at(at), chain.acting() as session:
        by = Actor("office", user_id=chain.admin.user_id)
        posted = expiry.reinstate(line, reason="was ill", by=by, attempt=None)
        session.commit()
        return int(json.loads(posted.body)["points"])


def adjust(chain: Chain, number: str, points: int, at: datetime) -> None:
    with clock.at(at), chain.acting() as session:
        by = Actor("office", user_id=chain.admin.user_id)
        adjustments.adjust(number, points, "by hand", by=by, attempt=None)
        session.commit()


def is_clean(chain: Chain) -> bool:
    with chain.app.app_context():
        return list(verify.breaches(chain.company_id)) == []


def test_T1_a_grant_expires_once_and_one_cards_fault_stops_no_other(
    chain: Chain, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = [aged(chain, 10 + n)[0] for n in range(4)]
    poisoned = chain.card_row(numbers[1])

    def turn(sequence: int) -> None:
        with chain.acting() as session:
            card = update(LoyaltyCard).where(LoyaltyCard.id == poisoned.id)
            session.execute(card.values(sequence=sequence))
            session.commit()

    turn(0)  # its next line would be its first again
    with caplog.at_level(logging.ERROR):
        outcome = night(chain, GONE)
    assert (outcome.cards, outcome.points, outcome.failed) == (3, 35, [poisoned.id])
    assert f"card {poisoned.id} could not be judged" in caplog.text
    turn(poisoned.sequence)
    assert night(chain, GONE).points == 11
    assert night(chain, GONE) == night(chain, GONE + timedelta(days=1)) == expiry.Outcome()
    assert is_clean(chain)


def test_what_expired_of_a_sale_is_not_taken_again(chain: Chain) -> None:
    number, sale = aged(chain, 50)
    night(chain, GONE)
    adjust(chain, number, 7, GONE)
    assert back(chain, sale, GONE) == 0
    row = chain.card_row(number)
    assert (row.points_balance, row.lifetime_points) == (7, 0)
    assert is_clean(chain)


def test_reinstated_points_are_kept_for_thirty_days_and_go_with_their_sale(chain: Chain) -> None:
    number, sale = aged(chain, 50)
    night(chain, GONE)
    line = chain.lines(number)[-1].id
    assert reinstate(chain, line, GONE) == 50
    with pytest.raises(AlreadyVoided):
        reinstate(chain, line, GONE)
    with pytest.raises(NotVoidable):
        reinstate(chain, sale, GONE)
    assert is_clean(chain)
    assert night(chain, GONE + timedelta(days=30), dry_run=True).points == 0
    assert night(chain, GONE + timedelta(days=31), dry_run=True).points == 50
    assert back(chain, sale, GONE) == 50
    assert chain.card_row(number).points_balance == 0
    assert is_clean(chain)


def test_what_a_return_was_spared_is_not_reinstated(chain: Chain) -> None:
    number, sale = aged(chain, 50)
    night(chain, GONE)
    line = chain.lines(number)[-1].id
    back(chain, sale, GONE)
    with pytest.raises(NotVoidable):
        reinstate(chain, line, GONE)
    assert is_clean(chain)


def test_reinstated_points_repay_a_debt_first(chain: Chain) -> None:
    number, first = aged(chain, 50)
    night(chain, GONE)
    line = chain.lines(number)[-1].id
    second = int(earn(chain, number, 30, GONE)["transaction_id"])
    with clock.at(GONE), chain.acting() as session:
        reward = rewards.Reward(name="Loaf", points=20)
        session.add(reward)
        session.flush()
        rewards.redeem(number, reward.id, by=chain.actor, attempt=None)
        session.commit()
    back(chain, second, GONE)
    assert chain.card_row(number).points_balance == -20
    assert reinstate(chain, line, GONE) == 50
    assert chain.card_row(number).points_balance == 30
    assert is_clean(chain)
    back(chain, first, GONE)
    assert is_clean(chain)


def test_a_new_policy_counts_at_once_and_never_shortens(chain: Chain) -> None:
    number, _ = aged(chain, 50)
    with clock.at(NOON + timedelta(days=1)):
        chain.publish(expiry={"policy": "age", "months": 3})
        assert expiring(chain, number) == [{"points": 50, "on": "2026-04-30"}]
    earn(chain, number, 5, NOON + timedelta(days=2))
    with clock.at(NOON + timedelta(days=3)):
        chain.publish(expiry={"policy": "yearly", "month_day": "02-10"})
    assert night(chain, GONE, dry_run=True).points == 0
    assert night(chain, GONE).points == 0
    assert night(chain, datetime(2026, 4, 29, 12, 0, tzinfo=UTC)).points == 0
    assert night(chain, datetime(2026, 4, 30, 3, 0, tzinfo=UTC)).points == 50
    assert night(chain, datetime(2026, 5, 2, 3, 0, tzinfo=UTC)).points == 5


def test_a_promised_day_outlives_a_silence(chain: Chain) -> None:
    number, _ = aged(chain, 50)
    with clock.at(NOON):
        chain.publish(expiry={"policy": "inactivity", "days": 3})
    adjust(chain, number, 8, NOON)
    assert night(chain, NOON + timedelta(days=3)).points == 8
    assert night(chain, GONE).points == 50


def test_silence_counts_from_the_policys_publication(chain: Chain) -> None:
    aged(chain, 50, expiry={"policy": "never"})
    published = NOON + timedelta(days=20)
    with clock.at(published):
        chain.publish(expiry={"policy": "inactivity", "days": 5})
    with clock.at(published + timedelta(days=2)):
        chain.publish(points_per_unit=2)  # says nothing of expiry
    assert night(chain, published + timedelta(days=4)).points == 0
    assert night(chain, published + timedelta(days=5)).points == 50


def test_a_first_notice_leaves_the_last_ones_days(chain: Chain) -> None:
    """Granted three days before the yearly day: announced that night, gone a week later."""
    yearly = {"policy": "yearly", "month_day": "02-03"}
    number, _ = aged(chain, 50, expiry=yearly, expiry_notice_days=[30, 7])
    told = datetime(2026, 2, 1, 3, 0, tzinfo=UTC)
    assert night(chain, told).told == 1
    with clock.at(told):
        assert expiring(chain, number) == [{"points": 50, "on": "2026-02-08"}]
    assert night(chain, datetime(2026, 2, 7, 12, 0, tzinfo=UTC)) == expiry.Outcome()
    assert night(chain, datetime(2026, 2, 8, 3, 0, tzinfo=UTC)).points == 50


def test_a_refilled_lot_lives_to_the_end_of_the_next_day(chain: Chain) -> None:
    number, _ = aged(chain, 50, minimum_redemption_points=0)
    with clock.at(NOON), chain.acting() as session:
        reward = rewards.Reward(name="Loaf", points=20)
        session.add(reward)
        session.flush()
        line = rewards.redeem(number, reward.id, by=chain.actor, attempt=None).transaction_id
        session.commit()
    assert night(chain, GONE).points == 30
    assert back(chain, int(line or 0), GONE) == -20
    assert night(chain, GONE + timedelta(days=1)).points == 0
    assert night(chain, GONE + timedelta(days=2)).points == 20
    assert is_clean(chain)


def test_what_is_shown_is_what_the_job_does(chain: Chain) -> None:
    number, _ = aged(chain, 50, expiry_notice_days=[5, 2])
    earn(chain, number, 9, NOON + timedelta(days=3))
    with clock.at(NOON + timedelta(days=4)):
        shown = {each["on"]: each["points"] for each in expiring(chain, number)}
    gone = {}
    for ahead in range(5, 40):
        at = datetime.combine(date(2026, 1, 31) + timedelta(days=ahead), time(3), UTC)
        if points := night(chain, at).points:
            gone[at.date().isoformat()] = points
    assert gone == shown == {"2026-02-28": 50, "2026-03-03": 9}


def test_a_merged_cards_points_keep_their_day(chain: Chain) -> None:
    source, _ = aged(chain, 50)
    with clock.at(NOON + timedelta(days=1)):
        chain.publish(expiry={"policy": "never"})
        target = chain.card()
    earn(chain, source, 7, NOON + timedelta(days=1))
    with clock.at(NOON + timedelta(days=2)):
        chain.publish(expiry={"policy": "age", "months": 2})
        with chain.acting() as session:
            by = Actor("office", user_id=chain.admin.user_id)
            merging.merge(source, target, by=by, reason="one person")
            session.commit()
    with chain.acting() as session:
        query = select(PointLot.expires_on).where(PointLot.remaining > 0).order_by(PointLot.granted)
        assert session.scalars(query).all() == [None, date(2026, 2, 28)]
    row = chain.card_row(target)
    assert row.last_activity_at == NOON + timedelta(days=1)
    assert is_clean(chain)


def test_a_dry_run_says_it_by_company_and_in_money_and_changes_nothing(
    chain: Chain, other_chain: Chain
) -> None:
    runner = chain.app.test_cli_runner()
    aged(chain, 250, point_value_bp=10_000, expiry_notice_days=[9])
    aged(other_chain, 40)
    with clock.at(GONE):
        asked = ["loyalty", "expire", "--dry-run"]
        before = rows(chain), rows(other_chain)
        said = runner.invoke(args=asked).output.splitlines()
        assert (rows(chain), rows(other_chain)) == before
        mine = next(line for line in said if line.startswith(chain.slug))
        assert "0 points on 0 cards would expire" in mine
        assert "1 cards would be told" in mine
        other = next(line for line in said if line.startswith(other_chain.slug))
        assert "40 points on 1 cards would expire, worth nothing, as no value is set" in other
        runner.invoke(args=["loyalty", "expire", "--company", chain.slug])
    with clock.at(GONE + timedelta(days=9)):
        said = runner.invoke(args=[*asked, "--company", chain.slug]).output.splitlines()
        (mine,) = said
        assert "250 points on 1 cards would expire" in mine
        assert "2.50" in mine
        assert rows(other_chain) == before[1]


def expiring(chain: Chain, number: str) -> Any:
    return chain.api.get(f"/cards/{number}").json["points_expiring"]


def rows(chain: Chain) -> list[Any]:
    """Everything that the job writes, as it stands."""
    with chain.app.app_context(), tenancy.acting_as(chain.company_id):
        tables = (LoyaltyCard, LoyaltyTransaction, PointLot, PointDraw, OutboxEvent)
        found = [
            sorted(
                map(
                    repr,
                    db.session.execute(
                        select(*table.__table__.c).where(
                            table.__table__.c.company_id == chain.company_id
                        )
                    ),
                )
            )
            for table in tables
        ]
        db.session.rollback()
        return found
