"""The server's own threads: from the stamp to the push without anybody asking, and to the end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from app import clock, workers
from tests.cast import Chain
from tests.wallet.fakes.apns import Apns, Say
from tests.wallet.phones import held, settle


@contextmanager
def serving(chain: Chain) -> Iterator[Callable[[], None]]:
    """With the threads that the server runs beside its pages; yields what ends the wallet's."""
    ends = [workers.start_embedded(chain.app), workers.start_embedded_wallet(chain.app)]
    try:
        yield ends[1]
    finally:
        for end in ends:
            end()


def until(holds: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_a_stamp_is_pushed_within_seconds(pushing: Chain, apns: Apns) -> None:
    with clock.at(clock.now() - timedelta(minutes=1)):
        card = held(pushing)
        settle(pushing)
    with serving(pushing):
        card.stamp()
        began = time.monotonic()
        assert until(lambda: apns.tokens().count(card.token) == 2, 10)
        assert time.monotonic() - began < 5, "one or two, when nobody else is busy"


def test_who_is_told_to_end_settles_what_is_under_way(pushing: Chain, apns: Apns) -> None:
    under_way, may_answer = threading.Event(), threading.Event()

    def answer(_token: str) -> Say:
        under_way.set()
        may_answer.wait(10)
        return Say()

    apns.otherwise = answer
    with serving(pushing) as end:
        card = held(pushing)
        assert under_way.wait(5)
        ending = threading.Thread(target=end)
        ending.start()
        may_answer.set()
        ending.join(10)
        assert not ending.is_alive()
    row = card.row()
    assert (row.sent_tag, row.leased_until) == (row.tag, None)
