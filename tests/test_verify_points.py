"""`flask loyalty verify` on points: each invariant is broken by hand once, and is seen to be."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.accounts.actors import Actor
from app.ids import new_id
from app.modules.loyalty import accrual, adjustments, merging, returns, rewards
from app.modules.loyalty.ledger import Posted
from app.modules.loyalty.programs import Bonus, Tier
from app.modules.loyalty.rewards import Reward
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases
from tests.test_verify import Scene, sabotage

RULES: dict[str, Any] = {
    "loyalty_type": "hybrid",
    "cooldown_minutes": 0,
    "max_daily_stamps": None,
    "stamps_target": 1,
    "stamps_per_sale": 1,
    "welcome_bonus_points": 25,
    "minimum_redemption_points": 0,
    "void_policy": "forgive",
    "bonuses": (Bonus("first", points=1, first_visit=True),),
    "tiers": (Tier("Bronze", 0, 10_000), Tier("Silver", 100, 10_000)),
}


class Life(Scene):
    """A card on which every verb of points was done, and a fresh one beside it.

    1 welcome +25 · 2 sale +101, Silver · 3 reward -60 · 4 part of the sale back, Bronze ·
    5 adjusted +10 by two people · 6 the reward cancelled · 7 the reward again ·
    8 the rest of the sale back, into debt · 9 that debt forgiven · 10 a small sale.
    """

    def __init__(self, app: Flask) -> None:
        self.chain = Chain.open(app, **RULES)
        self.company = self.chain.company_id
        self.number, self.other = self.chain.card(), self.chain.card()
        self.card = self.chain.card_row(self.number).id
        self.other_card = self.chain.card_row(self.other).id
        self._live()
        lines = self.chain.lines(self.number)
        self.given = {"transaction_id": str(lines[-1].id)}

    def _live(self) -> None:
        with self.chain.acting() as session:
            self.reward = Reward(id=new_id(), name="Tea", points=60, stock=5)
            session.add(self.reward)
            session.flush()
            sale = self._earn(10_000)
            reward = self._redeem()
            self._void(sale, 4_000)
            office = [Actor(f"user:{n}", user_id=n) for n in (1, 2)]
            asked = adjustments.ask(self.number, 10, "a smile", by=office[0])
            adjustments.give(asked.id, by=office[1])
            self._void(reward)
            self._redeem()
            self._void(sale)
            self._earn(200)
            session.commit()

    def _earn(self, amount: int) -> Posted:
        return accrual.earn(self.number, amount, by=self.chain.actor, attempt=None)

    def _redeem(self) -> Posted:
        return rewards.redeem(self.number, self.reward.id, by=self.chain.actor, attempt=None)

    def _void(self, line: Posted, amount: int | None = None) -> Posted:
        by = self.chain.actor
        return returns.void(line.transaction_id, by=by, attempt=None, amount_minor=amount)


@pytest.fixture(scope="module")
def breakable(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """A database of this module's own: what is broken here stays broken."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    yield application
    dispose(application)


@pytest.fixture
def life(breakable: Flask) -> Life:
    return Life(breakable)


def test_a_card_that_did_everything_is_clean(life: Life) -> None:
    assert [line.type for line in life.chain.lines(life.number)] == [
        "welcome_bonus", "points_earned", "points_redeemed", "voided", "points_adjusted",
        "voided", "points_redeemed", "voided", "points_forgiven", "points_earned",
    ]  # fmt: skip
    assert life.found() == set()


_OF_CARD = "company_id = :company AND card_id = :card"
_ROW = "company_id = :company AND id = :card"
_LINE = f"SELECT id FROM loyalty_transactions WHERE {_OF_CARD} AND sequence ="
_OTHERS = "SELECT id FROM {} WHERE company_id = :company AND card_id = :other"
_SET = "UPDATE loyalty_transactions SET {} WHERE " + _OF_CARD + " AND sequence = {}"
_DRAW = "company_id = :company AND transaction_id = (" + _LINE + " {})"
_LOT = "UPDATE point_lots SET {} WHERE " + _DRAW
_WORDS = r"steps = replace(steps, '{0}\:{1}', '{0}\:{2}')"
_OUTBOX = "company_id = :company AND kind = "

CASES: dict[str, tuple[str, set[str]]] = {
    "what a redemption drew is forgotten": (
        f"DELETE FROM point_draws WHERE {_DRAW.format(7)}",
        {"lots"},
    ),
    "a redemption drew one point more": (
        f"UPDATE point_draws SET points = points + 1 WHERE {_DRAW.format(7)}",
        {"lots"},
    ),
    "a redemption drew from another card's lot": (
        "UPDATE point_draws SET lot_id = (SELECT id FROM point_lots WHERE company_id = :company"
        f" AND card_id = :other) WHERE {_DRAW.format(8)}"
        " AND points = (SELECT max(points) FROM point_draws"
        f" WHERE {_DRAW.format(8)})",
        {"lots", "draws"},
    ),
    "a lot got back what was never drawn from it": (
        f"UPDATE point_draws SET points = points - 30 WHERE {_DRAW.format(6)}",
        {"lots", "draws"},
    ),
    "a grant without its lot": (
        f"DELETE FROM point_lots WHERE company_id = :company AND transaction_id = ({_LINE} 10)",
        {"lots"},
    ),
    "a lot of another day": (_LOT.format("granted_on = '2020-01-01'", 10), {"lots"}),
    "a lot of another card": (_LOT.format("card_id = :other", 10), {"lots"}),
    "points expired without a line": (
        _LOT.format("remaining = remaining - 1, expired = expired + 1", 10),
        {"lots", "expiry"},
    ),
    "a line of expiry without its lot": (
        _SET.format("type = 'points_expired'", 7),
        {"expiry", "events", "chain"},
    ),
    "lifetime points that nobody earned": (_SET.format("lifetime_after = 9000", 10), {"lifetime"}),
    "lifetime points below zero": (_SET.format("lifetime_after = -1", 9), {"lifetime"}),
    "a return of another amount": (_SET.format("amount_minor = 3999", 4), {"reversals"}),
    "a return of more than was paid": (_SET.format("amount_minor = 6001", 8), {"reversals"}),
    "a return that took one point less": (_SET.format("points = points + 1", 4), {"reversals"}),
    "a return that took one stamp less": (_SET.format("stamps = stamps + 1", 8), {"reversals"}),
    "a return that is not the next part": (_SET.format("reversal_part = 3", 8), {"reversals"}),
    "a return under other rules": (
        _SET.format(
            "revision_id = (SELECT id FROM program_revisions"
            " WHERE company_id = :company AND number = 1)",
            8,
        ),
        {"reversals"},
    ),
    "a return of another card's line": (
        _SET.format(f"reverses_id = ({_OTHERS.format('loyalty_transactions')})", 4),
        {"reversals"},
    ),
    "a return of a welcome": (_SET.format(f"reverses_id = ({_LINE} 1)", 4), {"reversals"}),
    "a return of a line to come": (_SET.format(f"reverses_id = ({_LINE} 10)", 4), {"reversals"}),
    "a sale that reverses": (
        _SET.format(f"reverses_id = ({_LINE} 1), reversal_part = 1", 10),
        {"reversals"},
    ),
    "a cancelled reward that is another": (_SET.format("reward_id = NULL", 6), {"reversals"}),
    "expired points that had not": (
        _SET.format(_WORDS.format('"expired"', 0, 9), 8),
        {"reversals", "chain"},
    ),
    "a purchase too many": (
        f"UPDATE loyalty_cards SET purchases = 2, purchases_peak = 2 WHERE {_ROW}",
        {"purchases"},
    ),
    "a purchase that was never reached": (
        f"UPDATE loyalty_cards SET purchases_peak = 0 WHERE {_ROW}",
        {"purchases"},
    ),
    "forgiveness that leaves a debt": (_SET.format("points_after = -1", 9), {"forgiveness"}),
    "forgiveness of nothing": (_SET.format("points = -points", 9), {"forgiveness"}),
    "a price that its words do not say": (
        _SET.format(_WORDS.format('"points"', 60, 50), 7),
        {"rewards", "chain"},
    ),
    "a reward that is not there": (
        _SET.format("reward_id = 7", 7),
        {"references", "chain"},
    ),
    "a redemption below zero": (_SET.format("points_after = -1", 7), {"spending"}),
    "a card that still waits for its welcome": (
        f"UPDATE loyalty_cards SET welcome_due = 'verified' WHERE {_ROW}",
        {"welcome"},
    ),
    "an adjustment of more than was asked for": (
        "UPDATE adjustment_requests SET points = 9 WHERE company_id = :company",
        {"adjustments"},
    ),
    "an adjustment for another reason": (
        "UPDATE adjustment_requests SET reason = 'none' WHERE company_id = :company",
        {"adjustments"},
    ),
    "an adjustment given by one person": (
        "UPDATE adjustment_requests SET decided_by = NULL WHERE company_id = :company",
        {"adjustments"},
    ),
    "a change of tier nobody was told of": (
        "DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox"
        f" WHERE {_OUTBOX} 'tier.changed')",
        {"events"},
    ),
    "a change of tier told twice": (
        "INSERT INTO outbox (company_id, id, kind, body, due_at) SELECT company_id, id + 1, kind,"
        f" body, due_at FROM outbox WHERE id = (SELECT max(id) FROM outbox WHERE {_OUTBOX}"
        " 'tier.changed')",
        {"events"},
    ),
    "a reward ready on a card that is not there": (
        'UPDATE outbox SET body = replace(body, \'"transaction"\', \'"transaction":"7","was"\')'
        f" WHERE {_OUTBOX} 'reward.ready'",
        {"events"},
    ),
    "a sale's points that nobody was told of": (
        f"DELETE FROM outbox WHERE {_OUTBOX} 'points.earned'",
        {"events", "figures"},
    ),
    "a card whose sale gave a stamp need not wait": (
        f"UPDATE loyalty_cards SET last_stamp_at = NULL WHERE {_ROW}",
        {"clocks"},
    ),
}


@pytest.mark.parametrize("said", CASES)
def test_a_breach_is_found(life: Life, said: str) -> None:
    """The row that was broken is told; what else depends on it may be told with it."""
    statement, expected = CASES[said]
    sabotage(life, statement)
    found = life.found()
    assert expected <= found, found
    if len(expected) > 1 or "loyalty_transactions SET" not in statement:
        assert found == expected
    else:
        assert "chain" in found


def test_a_stock_below_zero_is_found(life: Life, kind: str) -> None:
    below = "UPDATE rewards SET stock = -1 WHERE company_id = :company"
    if kind == "postgresql":
        sabotage(life, "ALTER TABLE rewards DROP CONSTRAINT ck_rewards_stock", below)
    else:
        sabotage(life, below)
    assert life.found() == {"rewards"}


def test_purchases_without_a_line_are_found(life: Life) -> None:
    life.chain.publish(welcome_bonus_points=0)
    blank = life.chain.card_row(life.chain.card()).id
    sabotage(life, f"UPDATE loyalty_cards SET purchases_peak = 1 WHERE id = {blank}")
    assert life.found() == {"purchases"}


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("UPDATE loyalty_cards SET lifetime_points = 7 WHERE id = {source}", {"merging", "head"}),
        (
            "UPDATE loyalty_transactions SET points = points - 1 WHERE type = 'imported'"
            " AND card_id = {target}",
            {"merging", "balances", "running", "chain", "lots"},
        ),
        (
            "UPDATE loyalty_cards SET stamp_day = '2020-01-01' WHERE id = {target}",
            {"clocks"},
        ),
    ],
)
def test_what_merging_left_behind_is_found(life: Life, broken: str, expected: set[str]) -> None:
    life.chain.stamp(life.other)
    with life.chain.acting() as session:
        by = Actor("user:1", user_id=1)
        merging.merge(life.number, life.other, by=by, reason="one person")
        session.commit()
    assert life.found() == set()
    sabotage(life, broken.format(source=life.card, target=life.other_card))
    assert life.found() == expected
