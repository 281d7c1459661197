"""A server's clock is set back, or forward and back: no change is lost, and nothing waits for the
moment that the clock knew by mistake."""

from datetime import timedelta

from app import clock
from app.modules.loyalty.wallet.sync import leasing
from tests.cast import Chain
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import in_hand
from tests.wallet.phones import fold, held, settle, sync_once

HOURS, SECONDS = timedelta(hours=5), timedelta(seconds=6)


def test_what_was_fetched_by_a_fast_clock_is_not_the_newest_for_hours(
    pushing: Chain, apns: Apns
) -> None:
    """A pass that no sync has seen yet tells the present moment: the phone says it back."""
    number, now = pushing.card(), clock.now()
    with clock.at(now + HOURS):
        phone, pass_ = in_hand(pushing, number)
        phone.fetch(pass_)
    with clock.at(now):
        pushing.stamp(number)
        settle(pushing)
        assert phone.fetch(pass_).status_code == 200
    assert pass_.shown["stamps"] == "1/10"


def test_tags_and_moments_go_on_when_the_clock_goes_back(pushing: Chain, apns: Apns) -> None:
    pushing.publish(cooldown_minutes=0, max_daily_stamps=None)
    card, now = held(pushing), clock.now()
    told = []
    for moment in (now, now + HOURS, now + SECONDS, now - HOURS):
        with clock.at(moment):
            card.stamp()
            settle(pushing)
        row = card.row()
        told.append((row.tag or 0, row.modified_at))
    tags, moments = zip(*told, strict=True)
    assert list(tags) == sorted(set(tags))
    assert list(moments) == sorted(set(moments))


def test_a_lease_that_a_fast_clock_gave_does_not_last_for_hours(pushing: Chain, apns: Apns) -> None:
    card, now = held(pushing), clock.now()
    with clock.at(now + HOURS), pushing.acting():
        assert leasing.take("apple", 50), "and then it was killed"
    with clock.at(now + SECONDS):
        assert sync_once(pushing) == 1
    assert apns.tokens() == [card.token]


def test_a_window_or_wait_that_a_fast_clock_gave_does_not_last_for_hours(
    pushing: Chain, apns: Apns
) -> None:
    card, now = held(pushing), clock.now()
    with clock.at(now + HOURS):
        settle(pushing)
    apns.forget()
    with clock.at(now + SECONDS):
        card.stamp()
        fold(pushing)
        assert sync_once(pushing) == 1
    assert apns.tokens() == [card.token]
