"""`flask loyalty verify` on what the rules allow: waiting time, caps, limits and tiers, each broken
by hand once, and seen to be."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.extensions import db
from app.modules.loyalty import accrual, reviews, rewards
from app.modules.loyalty.programs import Tier
from app.modules.loyalty.rewards import Reward
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases
from tests.test_verify import Scene, sabotage

NOON = datetime(2025, 3, 3, 11, 0, tzinfo=UTC)
RULES: dict[str, Any] = {
    "loyalty_type": "hybrid",
    "unit_minor": 1,
    "cooldown_minutes": 15,
    "max_daily_stamps": 3,
    "max_points_per_order": 100,
    "minimum_redemption_points": 0,
    "tier_review_on": "01-31",
    "tiers": (Tier("Bronze", 0, 10_000), Tier("Silver", 50, 10_000), Tier("Gold", 120, 10_000)),
}


class Paced(Scene):
    """1 and 2 stamps at two shops, the waiting time between them · 3 and 4 sales of 100 and 30
    points: Silver, Gold · 5 a reward that a card can have once · 6 reviewed, two years later:
    Bronze · 7 a stamp."""

    def __init__(self, app: Flask) -> None:
        with clock.at(NOON - timedelta(days=400)):
            self.chain = Chain.open(app, **RULES)
        self.company = self.chain.company_id
        with clock.at(NOON):
            self.number, self.other = self.chain.card(), self.chain.card()
        self.card = self.chain.card_row(self.number).id
        self.other_card = self.chain.card_row(self.other).id
        for minutes, quantity in ((0, 1), (15, 2)):
            with clock.at(NOON + timedelta(minutes=minutes)):
                self.chain.stamp(self.number, quantity)
        for points in (100, 30):
            self._at_noon(lambda points=points: accrual.earn(
                self.number, points, by=self.chain.actor, attempt=None))  # fmt: skip
        self._at_noon(self._redeem)
        with clock.at(NOON + timedelta(days=729)), self.chain.acting():
            assert reviews.review().lowered == 1
        with clock.at(NOON + timedelta(days=730)):
            self.given = self.chain.stamp(self.number)

    def _at_noon(self, work: Callable[[], Any]) -> None:
        with clock.at(NOON), self.chain.acting() as session:
            work()
            session.commit()

    def _redeem(self) -> None:
        tea = Reward(name="Tea", points=10, per_card_limit=1)
        db.session.add(tea)
        db.session.flush()
        rewards.redeem(self.number, tea.id, by=self.chain.actor, attempt=None)


@pytest.fixture(scope="module")
def breakable(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """A database of this module's own: what is broken here stays broken."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    yield application
    dispose(application)


@pytest.fixture
def paced(breakable: Flask) -> Paced:
    return Paced(breakable)


def test_what_kept_to_the_rules_is_clean(paced: Paced) -> None:
    lines = paced.chain.lines(paced.number)
    assert [line.type for line in lines] == [
        "stamps_added", "stamps_added", "points_earned", "points_earned", "points_redeemed",
        "points_adjusted", "stamps_added",
    ]  # fmt: skip
    assert paced.found() == set()


_SET = (
    "UPDATE loyalty_transactions SET {} WHERE company_id = :company AND card_id = :card"
    " AND sequence = {}"
)
_WORDS = r"steps = replace(steps, '{0}\:{1}', '{0}\:{2}')"
_SOON = {"sqlite": "'2025-03-03 11:14:59.000000'", "postgresql": "'2025-03-03 11:14:59+00'"}

CASES: dict[str, tuple[str, set[str]]] = {
    "a stamp before its time": (_SET.format("occurred_at = {soon}", 2), {"cooldown", "chain"}),
    "a stamp over the day's cap": (
        _SET.format("stamps = 3, stamps_after = 4", 2),
        {"caps", "chain", "balances", "running"},
    ),
    "more points than a sale may give": (
        _SET.format("points = 101, points_after = 101", 3),
        {"caps", "chain"},
    ),
    "a reward more often than a card may have it": (
        _SET.format(_WORDS.format('"had"', 0, 1), 5),
        {"rewards", "chain"},
    ),
    "a tier that no points make": (
        _SET.format("""steps = replace(steps, 'Silver', 'Gold')""", 3),
        {"tiers", "chain"},
    ),
    "a tier that was reached without a word": (
        _SET.format("""steps = replace(steps, 'tier-reached', 'tier-stayed')""", 4),
        {"tiers", "chain"},
    ),
    "a review that laid too much aside": (
        _SET.format(_WORDS.format('"laid_aside"', 130, 140), 6),
        {"tiers", "chain"},
    ),
    "a card that keeps its tier in spite of its review": (
        "UPDATE loyalty_cards SET laid_aside = 0 WHERE company_id = :company AND id = :card",
        {"tiers"},
    ),
}


@pytest.mark.parametrize("said", CASES)
def test_a_breach_is_found(paced: Paced, kind: str, said: str) -> None:
    statement, expected = CASES[said]
    sabotage(paced, statement.replace("{soon}", _SOON[kind]))
    found = paced.found()
    assert expected <= found, found


def test_an_undone_stamp_gives_its_place_back(breakable: Flask) -> None:
    """Three were given, one was undone, and one came after: nothing is over the cap."""
    chain = Chain.open(breakable, cooldown_minutes=0, max_daily_stamps=2)
    scene = Scene.__new__(Scene)
    scene.chain, scene.company = chain, chain.company_id
    number = chain.card()
    chain.stamp(number)
    undone = chain.stamp(number)
    chain.api.post(f"/transactions/{undone['transaction_id']}/void", {"reason": "by mistake"})
    chain.stamp(number)
    assert [line.stamps for line in chain.lines(number)] == [1, 1, -1, 1]
    assert scene.found() == set()
