"""Tiers: the highest threshold met, one step and one event for each change."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import verify
from app.modules.loyalty import accrual, returns
from app.modules.loyalty.ledger.tiers import tier_moved
from app.modules.loyalty.programs.defaults import DEFAULT_LADDER
from app.modules.loyalty.programs.rules import STAMPS
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.loyalty.ground import CARD, RULES, Purse, at

LADDER = [
    (0, "Bronze"),
    (4_999, "Bronze"),
    (5_000, "Silver"),
    (14_999, "Silver"),
    (15_000, "Gold"),
    (49_999, "Gold"),
    (50_000, "Platinum"),
    (60_000, "Platinum"),
]


@pytest.mark.parametrize(("lifetime", "tier"), LADDER)
@pytest.mark.parametrize("turn", [1, -1])
def test_B2_T14_a_tier_is_the_highest_threshold_met(lifetime: int, tier: str, turn: int) -> None:
    """In whatever order the ladder stands: a platinum card stays platinum."""
    met = RULES.changed(tiers=DEFAULT_LADDER[::turn]).tier_at(lifetime)
    assert met
    assert met.name == tier


def test_what_is_ahead_is_the_next_threshold() -> None:
    ahead = [RULES.next_tier(lifetime) for lifetime in (0, 5_000, 50_000)]
    assert [tier.name if tier else None for tier in ahead] == ["Silver", "Gold", None]


@pytest.mark.parametrize(
    ("before", "change", "code"),
    [
        (4_999, 1, "tier-reached"),
        (0, 60_000, "tier-reached"),
        (5_000, -1, "tier-lost"),
        (5_000, 100, None),
        (4_000, 999, None),
        (50_000, 0, None),
    ],
)
def test_B3_a_change_of_tier_is_one_step_and_one_event(
    before: int, change: int, code: str | None
) -> None:
    steps, events = tier_moved(replace(CARD, lifetime_points=before), change, RULES)
    assert [step["code"] for step in steps] == ([code] if code else [])
    assert events == (("tier.changed",) if code else ())


def test_C4_a_programme_of_stamps_has_no_tiers() -> None:
    moved = tier_moved(replace(CARD, lifetime_points=4_999), 1, RULES.changed(loyalty_type=STAMPS))
    assert moved == ((), ())


def test_adjustments_and_spending_leave_the_tier() -> None:
    purse = Purse(replace(at(), rules=RULES))
    purse.adjust(60_000)
    assert (purse.card.lifetime_points, purse.lines[-1].events) == (0, ())
    purse.buy(500_000)
    purse.redeem(60_000)
    assert purse.card.lifetime_points == 5_000


def test_B3_each_change_is_told_once(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    number = chain.card()
    with chain.acting() as session:
        line = accrual.earn(number, 1_500_000, by=chain.actor, attempt=None).transaction_id
        accrual.earn(number, 100, by=chain.actor, attempt=None)
        returns.void(line, by=chain.actor, attempt=None, amount_minor=1_000_000)
        returns.void(line, by=chain.actor, attempt=None)
        session.commit()
        told = select(func.count()).where(OutboxEvent.kind == "tier.changed")
        assert session.scalar(told.select_from(OutboxEvent)) == 3
    moved = [
        (step["from"], step["to"])
        for each in chain.lines(number)
        for step in each.steps
        if step["code"].startswith("tier-")
    ]
    assert moved == [("Bronze", "Gold"), ("Gold", "Silver"), ("Silver", "Bronze")]
    with chain.app.app_context():
        assert list(verify.breaches(chain.company_id)) == []
