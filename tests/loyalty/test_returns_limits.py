"""Returns at the limits of what a line can hold."""

from app import verify
from app.accounts.actors import Actor
from app.extensions import db
from app.modules.loyalty import accrual, returns, rewards
from app.modules.loyalty.programs.rules import Tier
from app.modules.loyalty.rewards import catalogue
from tests.cast import Chain

OFFICE = Actor("user:1", user_id=1)
MOST = 1_000_000_000


def test_a_debt_of_more_than_a_line_holds_is_forgiven_by_several(chain: Chain) -> None:
    chain.publish(loyalty_type="points", unit_minor=1, tiers=(Tier("Bronze", 0, 10_000),))
    card = chain.card()
    with chain.acting() as session:
        reward = catalogue.create({"name": "Everything", "points": MOST}, by=OFFICE).id
        session.commit()
    sales = []
    for _ in range(3):
        with chain.acting() as session:
            sales.append(accrual.earn(card, MOST, by=chain.actor, attempt=None).transaction_id)
            rewards.redeem(card, reward, by=OFFICE, attempt=None)
            session.commit()
    for sale in sales:
        if sale == sales[-1]:
            chain.publish(void_policy="forgive")
        with chain.acting():
            returns.void(sale or 0, by=OFFICE, attempt=None)
            db.session.commit()
    assert chain.card_row(card).points_balance == 0
    assert [line.points for line in chain.lines(card)[-4:]] == [-MOST, MOST, MOST, MOST]
    with chain.app.app_context():
        assert list(verify.breaches(chain.company_id)) == []
