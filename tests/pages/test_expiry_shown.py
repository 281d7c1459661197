"""What expires and when, where people look: at the counter, on the card, in the office."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app import clock
from app.extensions import db
from app.modules.loyalty import accrual, cards, expiry
from tests.cast import Chain

OCTOBER = datetime(2026, 10, 20, 10, 0, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def chain(app: Flask) -> Chain:
    """Points that go each year on 31 December."""
    return Chain.open(
        app,
        loyalty_type="points",
        expiry={"policy": "yearly", "month_day": "12-31"},
        expiry_notice_days=[],
    )


def earned(chain: Chain, amount_minor: int = 20_00, at: datetime = OCTOBER) -> str:
    with clock.at(at):
        number = chain.card()
        with chain.acting() as session:
            accrual.earn(number, amount_minor, by=chain.actor, attempt=None)
            session.commit()
    return number


def on_the_card(chain: Chain, number: str) -> str:
    with chain.acting():
        secret = cards.link_secret(cards.find(number))
    return chain.browser().get(f"/s/{chain.slug}/cards/{secret}").text


def at_the_counter(chain: Chain, number: str) -> str:
    return chain.terminal().get(f"/terminal/cards/{number}").text


def test_the_counter_is_told_what_expires_within_sixty_days(chain: Chain) -> None:
    number = earned(chain)
    with clock.at(NOVEMBER):
        assert "20 points expire on 31 December" in at_the_counter(chain, number)
    with clock.at(OCTOBER):
        assert "expire" not in at_the_counter(chain, number)


def test_the_customer_reads_the_sum_and_the_day_before_it_bites(chain: Chain) -> None:
    number = earned(chain)
    with clock.at(OCTOBER):
        assert "20 points expire on 31 December 2026." in on_the_card(chain, number)
    with clock.at(NOVEMBER + timedelta(days=45)), chain.acting():
        assert expiry.expire().points == 20
    with clock.at(NOVEMBER + timedelta(days=45)):
        page = on_the_card(chain, number)
        assert "expire on" not in page
        assert "20 points expired" in page
        history = chain.terminal().get(f"/terminal/cards/{number}/history").text
        assert "20 points expired" in history


def test_the_office_sees_the_days_on_the_card(chain: Chain) -> None:
    number = earned(chain)
    with clock.at(NOVEMBER):
        page = chain.office().get(f"/admin/cards/{number}").text
    assert re.search(r"Expires 31 December</dt>\s*<dd[^>]*>20 points", page)


@pytest.mark.parametrize("shown", [at_the_counter, on_the_card])
def test_where_points_never_expire_no_page_asks_what_does(chain: Chain, shown: Any) -> None:
    number = earned(chain)
    with clock.at(NOVEMBER):
        asked = statements(chain, lambda: shown(chain, number))
        assert any("point_lots" in each for each in asked)
        chain.publish(expiry={"policy": "never"})
        assert not any(
            "point_lots" in each for each in statements(chain, lambda: shown(chain, number))
        )
        chain.publish(loyalty_type="stamps", expiry={"policy": "yearly", "month_day": "12-31"})
        assert not any(
            "point_lots" in each for each in statements(chain, lambda: shown(chain, number))
        )


def test_the_editor_says_what_the_rule_does_to_what_was_earned(chain: Chain) -> None:
    page = chain.office().get("/admin/program").text
    assert "A new rule never shortens what somebody has already earned" in page
    assert "nothing expires" not in page


def statements(chain: Chain, work: Any) -> list[str]:
    """Every statement that this asks of the database."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    with chain.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked
