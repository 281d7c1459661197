"""`flask loyalty verify` on expiry: each invariant is broken by hand once, and is seen to be."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import clock
from app.accounts.actors import Actor
from app.modules.loyalty import accrual, expiry
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.races.points import PLAIN
from tests.servers import Databases
from tests.test_verify import Scene, sabotage

NOON = datetime(2026, 1, 31, 11, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=40)


class Aged(Scene):
    """1 sale +50 · 2 sale +30 · 3 expired -80 · 4 reinstated +80 · 5 sale +20 · 6 expired -100 ·
    7 sale +5; and another card with a sale of 40."""

    def __init__(self, app: Flask) -> None:
        self.chain = Chain.open(
            app,
            **PLAIN | {"expiry": {"policy": "age", "months": 1}, "expiry_notice_days": []},
        )
        self.company = self.chain.company_id
        with clock.at(NOON):
            self.number, self.other = self.chain.card(), self.chain.card()
        self.card = self.chain.card_row(self.number).id
        self.other_card = self.chain.card_row(self.other).id
        self._earn(self.number, 50, NOON)
        self._earn(self.number, 30, NOON + timedelta(days=1))
        self._expire(LATER)
        self._earn(self.other, 40, LATER)
        with clock.at(LATER), self.chain.acting() as session:
            line = self._last()
            by = Actor("office", user_id=self.chain.admin.user_id)
            expiry.reinstate(line, reason="was ill", by=by, attempt=None)
            session.commit()
        self._earn(self.number, 20, LATER)
        self._expire(LATER + timedelta(days=60))
        self._earn(self.number, 5, LATER + timedelta(days=60))
        self._earn(self.other, 6, LATER + timedelta(days=60))
        self.given = {"transaction_id": str(self._last())}

    def _last(self) -> int:
        return self.chain.lines(self.number)[-1].id

    def _earn(self, number: str, points: int, at: datetime) -> None:
        with clock.at(at), self.chain.acting() as session:
            accrual.earn(number, points, by=self.chain.actor, attempt=None)
            session.commit()

    def _expire(self, at: datetime) -> None:
        with clock.at(at), self.chain.acting():
            expiry.expire()


@pytest.fixture(scope="module")
def breakable(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """A database of this module's own: what is broken here stays broken."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    yield application
    dispose(application)


@pytest.fixture
def aged(breakable: Flask) -> Aged:
    return Aged(breakable)


def test_what_expired_and_came_back_is_clean(aged: Aged) -> None:
    assert [line.type for line in aged.chain.lines(aged.number)] == [
        "points_earned", "points_earned", "points_expired", "points_reinstated", "points_earned",
        "points_expired", "points_earned",
    ]  # fmt: skip
    assert aged.found() == set()


_OF_CARD = "company_id = :company AND card_id = :card AND sequence ="
_LINE = f"SELECT id FROM loyalty_transactions WHERE {_OF_CARD}"
_DRAWS = f"company_id = :company AND transaction_id = ({_LINE} {{}})"
_SET = f"UPDATE loyalty_transactions SET {{}} WHERE {_OF_CARD} {{}}"
_LOT = f"UPDATE point_lots SET {{}} WHERE company_id = :company AND transaction_id = ({_LINE} {{}})"
_TOLD = "DELETE FROM outbox WHERE company_id = :company AND kind = '{}'"

CASES: dict[str, tuple[str, set[str]]] = {
    "a lot says that nothing of it expired": (_LOT.format("expired = 0", 1), {"expiry"}),
    "a lot says that what came back is still gone": (_LOT.format("expired = 49", 1), {"expiry"}),
    "what an expiry drew is forgotten": (
        f"DELETE FROM point_draws WHERE {_DRAWS.format(6)}",
        {"lots", "expiry"},
    ),
    "an expiry drew one point more": (
        f"UPDATE point_draws SET points = points + 1 WHERE {_DRAWS.format(6)} AND points = 50",
        {"lots", "expiry"},
    ),
    "what a reinstatement gave back is forgotten": (
        f"DELETE FROM point_draws WHERE {_DRAWS.format(4)}",
        {"lots"},
    ),
    "a reinstatement gave back more than its line drew": (
        f"UPDATE point_draws SET points = points - 1 WHERE {_DRAWS.format(4)} AND points = -50",
        {"lots", "draws"},
    ),
    "a reinstatement of another line": (
        _SET.format(f"reverses_id = ({_LINE} 6)", 4),
        {"reversals", "chain", "expiry"},
    ),
    "a reinstatement of nothing": (
        _SET.format("reverses_id = NULL, reversal_part = NULL", 4),
        {"reversals", "chain", "draws", "expiry"},
    ),
    "a reinstatement of a part": (
        _SET.format("points = 79", 4),
        {"reversals", "chain", "balances", "running", "lots"},
    ),
    "an expiry that gives": (
        _SET.format("type = 'points_expired'", 7),
        {"chain", "events", "expiry", "lifetime", "lots", "purchases"},
    ),
    "an expiry into debt": (
        _SET.format("points_after = -1", 6),
        {"chain", "expiry", "running", "lots"},
    ),
    "an expiry that nobody was told of": (_TOLD.format("points.expired"), {"events", "figures"}),
    "a reinstatement that nobody was told of": (
        _TOLD.format("points.adjusted"),
        {"events", "figures"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("said", CASES)
def test_a_breach_is_found(aged: Aged, said: str) -> None:
    statement, expected = CASES[said]
    sabotage(aged, statement)
    assert aged.found() == expected
