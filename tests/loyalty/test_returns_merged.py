"""A sale that was made on one card, expired on another, and goes back: nobody owes anything."""

import json
from datetime import UTC, datetime, timedelta

from app import clock, verify
from app.modules.loyalty import accrual, expiry, merging, returns
from tests.cast import Chain

NOON = datetime(2027, 1, 31, 11, 0, tzinfo=UTC)


def test_C13_what_expired_on_the_surviving_card_is_not_taken_again(chain: Chain) -> None:
    chain.publish(
        loyalty_type="points",
        expiry={"policy": "age", "months": 1},
        expiry_notice_days=[],
        minimum_redemption_points=0,
    )
    with clock.at(NOON):
        first, second = chain.card(), chain.card()
        with chain.acting() as session:
            sales = []
            for amount in (1_000, 2_000):
                posted = accrual.earn(first, amount, by=chain.actor, attempt=None)
                sales.append(int(json.loads(posted.body)["transaction_id"]))
            session.commit()
            merging.merge(first, second, by=chain.actor, reason="the same person")
            session.commit()
    with clock.at(NOON + timedelta(days=40)), chain.acting():
        assert expiry.expire().points == 30
    assert chain.card_row(second).points_balance == 0
    with clock.at(NOON + timedelta(days=41)), chain.acting() as session:
        by = chain.actor.__class__("office", user_id=chain.admin.user_id)
        for sale in sales:
            returns.void(sale, by=by, attempt=None)
            session.commit()
    card = chain.card_row(second)
    assert (card.points_balance, card.lifetime_points) == (0, 0)
    with chain.app.app_context():
        assert not list(verify.breaches(chain.company_id))
