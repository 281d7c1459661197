"""What a call costs the database, counted; the same with few rows and with many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.extensions import db
from tests.cast import Chain

MOST = 8


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
