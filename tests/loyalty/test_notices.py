"""What customers are told: once, in time, and no more once they say so."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, mail
from app.accounts.companies import Company
from app.modules.loyalty import accrual, cards, expiry
from app.outbox import DEAD, OutboxEvent
from tests.cast import Browser, Chain, operator_cookie
from tests.test_jobs import drained


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


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
    assert "Subject: Welcome: your card is here" in letter
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


def test_the_notice_names_the_points_and_the_day_and_once_spent_stays_away(
    app: Flask, chain: Chain, outbox: Path
) -> None:
    chain.publish(loyalty_type="points", expiry={"policy": "inactivity", "days": 90})
    to = f"warned@{chain.slug}.example"
    with clock.at(NOON):
        number = chain.card(email=to)
        with chain.acting() as session:
            accrual.earn(number, 5_000, by=chain.actor, attempt=None)
            session.commit()
    with clock.at(NOON + timedelta(days=60)), chain.acting():
        assert expiry.expire().told == 1
    # However late the runner comes: nothing expires without its notice.
    with clock.at(NOON + timedelta(days=63)):
        (letter,) = letters(app, outbox, to)
        assert "Subject: 50 points expire on 1 May 2027" in letter
        assert letters(app, outbox, to) == [letter]


def test_news_older_than_a_day_is_no_news(app: Flask, chain: Chain, outbox: Path) -> None:
    late, fresh = f"late@{chain.slug}.example", f"fresh@{chain.slug}.example"
    with clock.at(NOON):
        chain.card(email=late)
    with clock.at(NOON + timedelta(hours=1)):
        chain.card(email=fresh)
    with clock.at(NOON + timedelta(hours=24, seconds=1)):
        assert letters(app, outbox, late) == []
        assert len(letters(app, outbox, fresh)) == 1


def test_a_letter_that_somebody_tries_again_is_sent_however_old(
    app: Flask, chain: Chain, outbox: Path
) -> None:
    to = f"again@{chain.slug}.example"
    with clock.at(NOON):
        chain.card(email=to)
    with chain.acting() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "card.enrolled")).one()
        row.state, row.attempts = DEAD, 30
        session.commit()
        event = row.id
    with clock.at(NOON + timedelta(days=5)):
        desk = Browser(app, use_cookies=True)
        desk.set_cookie("user", operator_cookie(app))
        again = f"/platform/companies/{chain.company_id}/events/{event}/replay"
        assert desk.post(again).status_code == 303
        assert len(letters(app, outbox, to)) == 1


def test_a_text_fits_into_one_message_where_the_shops_name_does_not(
    app: Flask, chain: Chain, outbox: Path
) -> None:
    with chain.acting() as session:
        session.get_one(Company, chain.company_id).name = "The Corner Bakery and Tea Room " * 2
        session.commit()
    chain.card(phone="+352621000017")
    drained(app)
    (text,) = (
        body
        for path in outbox.glob("*.txt")
        if f"/s/{chain.slug}/" in (body := path.read_text().partition("\n\n")[2].strip())
    )
    assert len(text) <= 160
    assert text.startswith("Welcome: your card is here. http")


def test_who_has_no_mail_can_stop_the_texts_from_the_card(
    app: Flask, chain: Chain, outbox: Path
) -> None:
    number = chain.card(phone="+352621000018")
    with chain.acting():
        secret = cards.link_secret(cards.find(number))
    page = chain.browser().get(f"/s/{chain.slug}/cards/{secret}/details").text
    stop = re.search(rf"/s/{chain.slug}/stop/[\w-]+", page)
    assert stop
    assert chain.browser().get(stop.group()).status_code == 200
