"""What a call costs the database, counted; the same with few rows and with many."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.extensions import db
from app.modules.loyalty import accrual
from tests.api.asking import reward
from tests.cast import Chain

MOST = 8
ASKED = ["BEGIN", "SELECT api_keys", "SELECT loyalty_cards"]  # who, the replay; card and rules
# What a sale writes in turn (SQLite), and all at once (PostgreSQL).
SALE = {
    "sqlite": [
        "UPDATE loyalty_cards",
        "INSERT loyalty_transactions",
        "INSERT outbox",
        "INSERT point_lots",
        "INSERT idempotency_records",
        "COMMIT",
    ],
    "postgresql": ["WITH loyalty_cards", "COMMIT"],
}
REDEMPTION = {
    "sqlite": [
        "SELECT reward_vendors",  # the offer at this shop
        "UPDATE loyalty_cards",
        "INSERT loyalty_transactions",
        "INSERT outbox",
        "INSERT idempotency_records",
        "INSERT point_draws",
        "UPDATE point_lots",
        "COMMIT",
    ],
    "postgresql": ["SELECT reward_vendors", "WITH loyalty_cards", "COMMIT"],
}


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements of the block, BEGIN and COMMIT included."""
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    with app.app_context():
        engine = db.engine
    listeners: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", note),
        ("begin", lambda _: seen.append("BEGIN")),
        ("commit", lambda _: seen.append("COMMIT")),
    ]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def test_a_stamp_takes_at_most_eight_statements_whatever_the_number_of_cards(
    chain: Chain, app: Flask
) -> None:
    def stamp() -> list[str]:
        body = {"card": chain.card(), "vendor": "old-town"}
        with counted(app) as seen:
            assert chain.api.post("/stamps/add", body).status_code == 201
        return seen

    stamp()  # reads the revision, once per process
    few = stamp()
    for _ in range(30):
        chain.card()
    many = stamp()
    assert many == few
    assert len(few) <= MOST, few


def test_a_list_costs_the_same_for_one_row_and_for_many(chain: Chain, app: Flask) -> None:
    def costs() -> list[int]:
        found = []
        for path in ("/cards", "/transactions", f"/cards/{card}/transactions", "/staff"):
            with counted(app) as seen:
                assert chain.api.get(path).status_code == 200
            found.append(len(seen))
        return found

    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    card = chain.card()
    chain.stamp(card)
    costs()
    few = costs()
    for _ in range(12):
        chain.stamp(card)
        chain.stamp(chain.card())
    assert costs() == few
    assert max(few) <= MOST


@pytest.mark.parametrize("lines", [10, 1_000])
def test_earning_and_redeeming_cost_the_same_however_many_lines_and_lots(
    chain: Chain, app: Flask, kind: str, lines: int
) -> None:
    """The redemption takes from every lot but the last."""
    chain.publish(loyalty_type="points", minimum_redemption_points=0)
    card, gift = chain.card(), reward(chain, points=lines)
    with chain.acting() as session:
        for _ in range(lines):
            accrual.earn(card, 100, by=chain.actor, attempt=None)
        session.commit()
    at = {"card": card, "vendor": "old-town"}
    sale = at | {"amount_minor": 100}
    chain.api.post("/points/preview", sale, key="")  # reads the revision, once per process
    for path, body, cost in (
        ("/points/preview", sale, ASKED),
        ("/points/earn", sale, ASKED + SALE[kind]),
        ("/rewards/redeem", at | {"reward": gift}, ASKED + REDEMPTION[kind]),
    ):
        with counted(app) as seen:
            assert chain.api.post(path, body).status_code in (200, 201)
        assert [_told(statement) for statement in seen] == cost
    assert chain.card_row(card).points_balance == 1


def test_a_cards_rewards_and_the_catalogue_cost_the_same_with_few_and_with_many(
    chain: Chain, app: Flask
) -> None:
    chain.publish(loyalty_type="hybrid")
    card = chain.card()

    def costs() -> list[int]:
        found = []
        for path in ("/rewards", f"/cards/{card}/rewards"):
            with counted(app) as seen:
                assert chain.api.get(path).status_code == 200
            found.append(len(seen))
        return found

    reward(chain, vendors=["station"])
    costs()
    few = costs()
    for number in range(12):
        reward(chain, name=f"R{number}", per_card_limit=1, vendors=["old-town"] * (number % 2))
    assert costs() == few
    assert max(few) <= MOST


def _told(statement: str) -> str:
    """The kind of statement, and the first table in it."""
    table = re.search(r"(?:FROM|INTO|UPDATE) (\w+)", statement)
    return f"{statement.split(maxsplit=1)[0]} {table[1]}" if table else statement
