"""A simulated phone shows each change of its card, whatever changes, and nothing after its pass was
deleted. The full thousand is in tests/prove."""

from random import Random

from tests.cast import Chain
from tests.wallet.fakes.apns import Apns
from tests.wallet.playing import Play

CHANGES = 40


def test_C16_a_phone_shows_every_change_and_after_it_unregisters_nothing_is_pushed(
    pushing: Chain, apns: Apns
) -> None:
    play = Play(pushing, apns, Random(5))
    play.begin()
    play.run(CHANGES)
    assert play.lost == []
    assert play.counts["two within a second"] >= 4
    assert play.held.fetched >= CHANGES * 0.7
    assert any(notice.startswith("Ready for you: ") for notice in play.phone.notices)
    assert play.apns.wrong == []
    assert play.end() == 0
