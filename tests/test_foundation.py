"""The foundation holds: what the other tests stand on."""

from tests.cast import Chain


def test_a_fresh_chain_can_stamp_and_redeem(chain: Chain) -> None:
    chain.publish(max_daily_stamps=None, cooldown_minutes=0, stamps_target=3)
    number = chain.card()
    assert chain.stamp(number, 2)["stamps_balance"] == 2
    assert chain.stamp(number, 2)["stamps_balance"] == 4
    assert chain.redeem(number)["stamps_balance"] == 1
    assert [line.sequence for line in chain.lines(number)] == [1, 2, 3]
    assert chain.card_row(number).stamps_balance == 1


def test_the_live_server_is_ready(http, chain: Chain) -> None:
    assert http.get("/readyz").json() == {"status": "ready"}
