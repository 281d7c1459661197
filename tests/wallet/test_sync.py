"""Passes are kept true: what a stamp marks is rendered, told to the platform once, and settled."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from app import clock, tenancy
from app.accounts import companies
from app.extensions import db
from app.modules.loyalty.wallet import APPLE, WalletPass, channels, sync
from app.modules.loyalty.wallet.sync import budget, leasing, platforms, settling
from app.modules.loyalty.wallet.sync.platforms import Content, Delivery, Outcome, Sending
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.wallet.fakes.apns import Apns, Say
from tests.wallet.phones import fold, held, mark, settle, sync_once

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FREELY = {"cooldown_minutes": 0, "max_daily_stamps": None}


def test_C18_a_stamp_is_pushed_and_an_unchanged_pass_is_not_sent(
    pushing: Chain, apns: Apns
) -> None:
    card, began = held(pushing), clock.now()
    settle(pushing)
    assert apns.tokens() == [card.token], "a new one: nobody knows that it is the same"
    card.stamp()
    with clock.at(began + MINUTE):
        settle(pushing)
        assert apns.tokens() == [card.token] * 2
        mark(card)
    with clock.at(began + 2 * MINUTE):
        settle(pushing)
    assert apns.tokens() == [card.token] * 2, "marked, looked at, the same"
    row = card.row()
    assert (row.due_at, row.leased_until, row.fault, row.sent_tag) == (None, None, None, row.tag)
    assert apns.wrong == []


def test_however_many_stamps_a_card_has_one_sync_in_each_window(pushing: Chain, apns: Apns) -> None:
    pushing.publish(**FREELY)
    cards, began = [held(pushing) for _ in range(5)], clock.now()
    settle(pushing)
    apns.forget()
    span = 4 * settling.WINDOW
    for second in range(span.seconds):
        with clock.at(began + MINUTE + second * SECOND):
            for card in cards:
                card.stamp()
            fold(pushing)
            while sync_once(pushing):
                pass
    with clock.at(began + 2 * MINUTE):
        settle(pushing)
    for card in cards:
        assert apns.tokens().count(card.token) == span // settling.WINDOW + 1
        assert card.row().due_at is None


def test_what_changes_while_it_is_delivered_is_delivered_after_it(
    pushing: Chain, apns: Apns
) -> None:
    card, began = held(pushing), clock.now()

    def stamp_meanwhile(_token: str) -> Say:
        card.stamp()
        fold(pushing)
        apns.otherwise = lambda token: Say()
        return Say()

    apns.otherwise = stamp_meanwhile
    settle(pushing)
    first = card.row()
    assert first.due_at == first.rest_until, "known to be another one by now"
    with clock.at(began + MINUTE):
        settle(pushing)
    last = card.row()
    assert (last.due_at, len(apns.pushes)) == (None, 2)
    assert (last.tag or 0) > (first.tag or 0)


def test_two_changes_within_a_second_are_two_moments(pushing: Chain, apns: Apns) -> None:
    pushing.publish(**FREELY)
    card = held(pushing)
    moments = []
    with clock.at(clock.now()):
        for _ in range(3):
            card.stamp()
            with pushing.acting() as session:
                session.execute(update(WalletPass).values(rest_until=None))
                session.commit()
            settle(pushing)
            moments.append(card.row().modified_at)
    assert all(moment and moment.microsecond == 0 for moment in moments)
    assert sorted(set(moments), key=str) == moments


def test_a_sync_that_was_killed_after_its_tag_is_delivered_again(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = held(pushing)
    real = platforms.of(APPLE)

    class Dying(Delivery):
        def begin(self) -> None: ...

        def gather(self, rows: object) -> dict[int, tuple[int, None]]:
            return {card.pass_id: (1, None)}

        def deliver(self, sending: Sending) -> Outcome:
            raise SystemExit  # what a kill looks like from inside: nothing is put back

    class Doomed:
        def content(self, *args: object) -> Content:
            return real.content(*args)  # type: ignore[arg-type]

        def delivery(self) -> Delivery:
            return Dying()

    with monkeypatch.context() as patch:
        patch.setitem(platforms._PLATFORMS, APPLE, Doomed())
        with pytest.raises(SystemExit):
            sync_once(pushing)
    killed = card.row()
    assert killed.tag is not None
    assert killed.sent_tag is None
    assert sync_once(pushing) == 0, "somebody else's until the lease ends"
    with clock.at(clock.now() + MINUTE):
        settle(pushing)
    row = card.row()
    assert apns.tokens() == [card.token]
    assert (row.tag, row.sent_tag, row.due_at) == (killed.tag, killed.tag, None)


def test_two_engines_at_once_deliver_each_change_once(pushing: Chain, apns: Apns) -> None:
    cards = [held(pushing) for _ in range(24)]
    begin = threading.Barrier(3)

    def engine() -> None:
        begin.wait(10)
        with pushing.app.app_context():
            while sync.step(5, company_id=pushing.company_id):
                pass

    threads = [threading.Thread(target=engine) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(apns.tokens()) == sorted(card.token for card in cards)
    tags = {card.row().tag for card in cards}
    assert len(tags) == len(cards), "each its own"


def test_a_companys_crowd_delays_nobody(pushing: Chain, apns: Apns) -> None:
    crowd = [held(pushing) for _ in range(6)]
    other = Chain.open(pushing.app)
    late = held(other)
    with pushing.app.app_context():
        served = {each.company_id for each in leasing.channels_due(APPLE)}
        assert {pushing.company_id, other.company_id} <= served
        for chain in (pushing, other):
            sync.step(2, company_id=chain.company_id)
    assert late.token in apns.tokens()
    assert sum(card.token in apns.tokens() for card in crowd) == 2


def test_a_minute_that_is_spent_waits_for_the_next_and_is_not_even_leased(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(budget.PER_MINUTE, APPLE, 3)
    for _ in range(5):
        held(pushing)
    minute = (clock.now() + MINUTE).replace(second=30)
    with clock.at(minute):
        settle(pushing)
        assert len(apns.pushes) == 3
        with pushing.app.app_context():
            assert leasing.channels_due(APPLE, pushing.company_id) == []
    with clock.at(minute + 31 * SECOND):
        settle(pushing)
    assert len(apns.pushes) == 5


def test_a_dead_credential_stops_its_company_alone_and_says_so_once(
    pushing: Chain, apns: Apns
) -> None:
    cards, other = [held(pushing) for _ in range(3)], Chain.open(pushing.app)
    well = held(other)
    for card in cards:
        apns.script(card.token, Say(403, "BadCertificate"))
    settle(pushing)
    settle(other)
    assert well.row().sent_tag == well.row().tag
    with pushing.acting() as session:
        told = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "wallet.stopped"))
        assert [each.body for each in told] == [{"platform": APPLE}]
        row = channels.row_of(APPLE)
        assert row
        assert row.fault == "APNs 403 BadCertificate"
    heard = len(apns.pushes)
    assert sync_once(pushing) == 0, "no pass is leased in vain"
    apns.forget()
    with pushing.acting() as session:
        channels.go_on(APPLE)
        session.commit()
    settle(pushing)
    assert heard <= 4
    assert all(card.row().sent_tag == card.row().tag for card in cards)


def test_without_credentials_nothing_is_leased(chain: Chain) -> None:
    card = held(chain)
    assert sync_once(chain) == 0
    assert card.row().leased_until is None


def test_a_closed_company_rests(pushing: Chain, apns: Apns) -> None:
    held(pushing)
    with pushing.app.app_context(), tenancy.crossing():
        companies.set_status(pushing.company_id, "closed")
        db.session.commit()
    assert sync_once(pushing) == 0


def test_a_pass_that_cannot_be_made_stops_neither_its_stamp_nor_the_others(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = held(pushing), held(pushing)
    real = platforms.of(APPLE)

    class Faulty:
        delivery = staticmethod(real.delivery)

        def content(self, face: object, row: WalletPass) -> Content:
            if row.id == bad.pass_id:
                raise KeyError("Anouk")
            return real.content(face, row)  # type: ignore[arg-type]

    monkeypatch.setitem(platforms._PLATFORMS, APPLE, Faulty())
    bad.stamp()
    settle(pushing)
    assert pushing.card_row(bad.number).stamps_balance == 1
    assert good.row().sent_tag == good.row().tag is not None
    row = bad.row()
    assert (row.fault, row.attempts) == ("KeyError in content", 1), "no words of the fault"
    assert row.due_at
    assert row.due_at > clock.now()


def test_a_stamp_takes_as_many_statements_with_a_pass_as_without(pushing: Chain) -> None:
    with_pass, without = held(pushing).number, pushing.card()
    counted: list[str] = []

    def count(*args: object) -> None:
        counted.append(str(args[2]))

    with pushing.app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
    numbers = []
    for number in (without, with_pass):
        counted.clear()
        pushing.stamp(number)
        numbers.append(len(counted))
    with pushing.app.app_context():
        event.remove(db.engine, "before_cursor_execute", count)
    assert numbers[0] == numbers[1] > 0
    assert not [each for each in counted if "wallet" in each]


def test_a_pass_whose_links_were_ended_is_told_so_and_then_left_alone(
    pushing: Chain, apns: Apns
) -> None:
    card, began = held(pushing), clock.now()
    settle(pushing)
    pushing.api.post(f"/cards/{card.number}/replace", {})
    with clock.at(began + MINUTE):
        settle(pushing)
    row = card.row()
    assert row.ended_at
    assert row.due_at is None
    assert apns.tokens() == [card.token] * 2
