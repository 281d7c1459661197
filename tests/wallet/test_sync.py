"""Passes are kept true: what a stamp marks is rendered, told to the platform once, and settled."""

from tests.cast import Chain
from tests.wallet.fakes.apns import Apns
from tests.wallet.phones import held, settle


def test_C18_a_stamp_is_pushed_once_and_an_unchanged_pass_is_not_sent(
    pushing: Chain, apns: Apns
) -> None:
    card = held(pushing)
    settle(pushing)
    assert apns.tokens() == [card.token], "new, and so not known to be the same"
    first = card.row()
    assert (first.due_at, first.fault, first.sent_tag) == (None, None, first.tag)
    card.stamp()
    settle(pushing)
    assert apns.tokens() == [card.token], "its window has not ended"
