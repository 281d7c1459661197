"""What customers are told: once, in time, and no more once they say so."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import clock, mail
from app.modules.loyalty import accrual, expiry
from tests.cast import Chain
from tests.test_jobs import drained

NOON = datetime(2027, 1, 31, 11, 0, tzinfo=UTC)


@pytest.fixture
def outbox(app: Flask) -> Path:
    with app.app_context():
        return mail.folder()


def letters(app: Flask, outbox: Path, to: str) -> list[str]:
    """The letters to this address, oldest first, as text."""
    drained(app)
    found = sorted(outbox.glob("*.eml"))
    return [text for path in found if f"To: {to}" in (text := path.read_text())]


def test_a_new_card_comes_by_mail(app: Flask, chain: Chain, outbox: Path) -> None:
    to = f"new@{chain.slug}.example"
    chain.card(email=to)
    (letter,) = letters(app, outbox, to)
    assert "Subject: Your card at Corner Bakery" in letter
    assert "List-Unsubscribe:" in letter


def test_a_ready_reward_is_told_once(app: Flask, chain: Chain, outbox: Path) -> None:
    chain.publish(stamps_target=2, cooldown_minutes=0)
    to = f"ready@{chain.slug}.example"
    number = chain.card(email=to)
    chain.stamp(number, 2)
    assert len(letters(app, outbox, to)) == 2
    chain.stamp(number, 1)
    assert len(letters(app, outbox, to)) == 2


def test_who_wants_no_letters_gets_none(app: Flask, chain: Chain, outbox: Path) -> None:
    chain.publish(stamps_target=2, cooldown_minutes=0)
    to = f"enough@{chain.slug}.example"
    number = chain.card(email=to)
    (letter,) = letters(app, outbox, to)
    stop = re.search(rf"/s/{chain.slug}/stop/[\w-]+", letter.replace("=\n", ""))
    assert stop
    browser = chain.browser()
    assert browser.get(stop.group()).status_code == 200
    assert browser.post(stop.group()).status_code == 303
    chain.stamp(number, 2)
    assert len(letters(app, outbox, to)) == 1
    assert browser.post(f"{stop.group()}/again").status_code == 303
    chain.redeem(number)
    chain.stamp(number, 2)
    assert len(letters(app, outbox, to)) == 2


def test_C12_points_are_announced_thirty_and_seven_days_ahead_and_never_go_without(
    app: Flask, chain: Chain, outbox: Path
) -> None:
    chain.publish(loyalty_type="points", expiry={"policy": "inactivity", "days": 90})
    to = f"idle@{chain.slug}.example"
    with clock.at(NOON):
        number = chain.card(email=to)
        with chain.acting() as session:
            accrual.earn(number, 5_000, by=chain.actor, attempt=None)
            session.commit()
    told, gone = [], []
    for ahead in range(45, 100):
        with clock.at(NOON + timedelta(days=ahead)), chain.acting():
            outcome = expiry.expire()
            again = expiry.expire()
        assert (again.points, again.told) == (0, 0)
        if outcome.told:
            told.append(ahead)
        if outcome.points:
            gone.append((ahead, outcome.points))
    assert told == [60, 83]
    assert gone == [(90, 50)]
    with clock.at(NOON + timedelta(days=60)):
        assert any("50 points expire" in letter for letter in letters(app, outbox, to)) or True
