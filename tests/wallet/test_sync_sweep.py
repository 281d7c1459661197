"""What is repaired each hour, and by hand; how a crowd is marked; what a night takes away."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import cleaning, clock, jobs, outbox
from app.ids import new_id
from app.modules.loyalty.wallet import (
    APPLE,
    DeviceLog,
    WalletDevice,
    WalletPass,
    channels,
    marking,
    sync,
)
from tests.cast import Chain
from tests.wallet.fakes.apns import Apns, Say
from tests.wallet.phones import Held, fold, held, settle

HOUR = timedelta(hours=1)


def sweep(chain: Chain) -> str:
    with chain.acting():
        return sync.sweep()


def change(chain: Chain, **values: object) -> None:
    with chain.acting() as session:
        session.execute(update(WalletPass).values(**values))
        session.commit()


def test_C18_a_failed_push_is_repaired_within_the_hour(pushing: Chain, apns: Apns) -> None:
    card, now = held(pushing), clock.now()
    apns.script(card.token, *[Say(500)] * 9)
    for hours in range(8):
        with clock.at(now + hours * HOUR):
            settle(pushing)
    row = card.row()
    assert (row.attempts, len(apns.pushes)) == (8, 8)
    apns.forget()
    later = now + 7 * HOUR + timedelta(minutes=1)
    with clock.at(later):
        assert row.due_at
        assert row.due_at > later, "by itself it would wait longer"
        assert sweep(pushing) == "1 had failed"
        settle(pushing)
    assert apns.tokens() == [card.token]
    assert card.row().sent_tag == card.row().tag


def test_C18_a_change_that_nobody_marked_is_found_and_an_unchanged_pass_is_not_sent(
    pushing: Chain, apns: Apns
) -> None:
    lost, same, now = held(pushing), held(pushing), clock.now()
    settle(pushing)
    apns.forget()
    lost.stamp()
    fold(pushing)
    change(pushing, due_at=None, fetched_tag=WalletPass.tag)
    with clock.at(now + HOUR):
        assert sweep(pushing) == "2 are looked at"
        settle(pushing)
        assert apns.tokens() == [lost.token]
        assert sweep(pushing) == "all is well", "both were looked at just now"
    assert same.row().due_at is None


def test_a_phone_that_does_not_come_is_pushed_once_more_and_no_more(
    pushing: Chain, apns: Apns
) -> None:
    silent, came, unheld = held(pushing), held(pushing), held(pushing)
    with pushing.acting() as session:
        session.delete(
            session.scalars(select(WalletDevice).filter_by(pass_id=unheld.pass_id)).one()
        )
        session.commit()
    now = clock.now()
    settle(pushing)
    apns.forget()
    with pushing.acting() as session:
        fetched = {"fetched_tag": came.row_in(session).tag}
        session.execute(update(WalletPass).filter_by(id=came.pass_id).values(fetched))
        session.commit()
    with clock.at(now + timedelta(minutes=10)):
        assert "sent again" not in sweep(pushing), "it may still come"
    for hours in (1, 2, 3):
        with clock.at(now + hours * HOUR):
            sweep(pushing)
            settle(pushing)
    assert apns.tokens() == [silent.token]
    assert silent.row().tag == silent.row().resent_tag, "nothing changed, so it has no new tag"


def test_a_channel_goes_on_when_the_installations_files_are_replaced(
    pushing: Chain, apns: Apns
) -> None:
    for stopped_at, told in ((clock.now(), "all is well"), (clock.now() - 9_999 * HOUR, None)):
        with pushing.acting() as session:
            channels.stop(APPLE, "APNs 403")
            row = channels.row_of(APPLE)
            assert row
            row.stopped_at = stopped_at
            session.commit()
        assert sweep(pushing) == (told or "1 channels went on")


# -- a crowd ---------------------------------------------------------------------------------------


def crowd(chain: Chain, monkeypatch: pytest.MonkeyPatch, number: int) -> list[Held]:
    monkeypatch.setattr(marking, "SLICE", 2)
    monkeypatch.setattr(marking, "_SLICES_AT_ONCE", 2)
    cards = [held(chain) for _ in range(number)]
    fold(chain)
    change(chain, due_at=None, wanted=1)
    return cards


def test_all_passes_of_a_company_are_marked_once_and_spread_in_time(
    pushing: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = crowd(pushing, monkeypatch, 9)
    with clock.at(clock.now()):
        pushing.publish(card_color="#123456")
        fold(pushing)
        rows = sorted((card.row() for card in cards), key=lambda row: row.id)
        due = [row.due_at - clock.now() for row in rows if row.due_at]
    assert [each // marking.EVERY for each in due] == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert {row.wanted for row in rows} == {2}


def test_marking_that_is_cut_off_goes_on_where_it_was(
    pushing: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = crowd(pushing, monkeypatch, 9)
    with pushing.acting() as session:
        outbox.put("programme.changed")
        session.commit()
    with pushing.app.app_context():
        while not any(card.row().due_at for card in cards):
            jobs.drain(1)
    assert sum(card.row().due_at is not None for card in cards) == 4
    fold(pushing)
    assert {card.row().wanted for card in cards} == {2}, "none is left out, none marked twice"


def test_a_card_that_is_stamped_does_not_wait_behind_its_companys_crowd(
    pushing: Chain, apns: Apns, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = crowd(pushing, monkeypatch, 9)
    pushing.publish(card_color="#123456")
    fold(pushing)
    last = max(cards, key=lambda card: card.pass_id)
    last.stamp()
    settle(pushing)
    assert last.token in apns.tokens()
    assert len(apns.pushes) == 3


# -- by hand, and at night -------------------------------------------------------------------------


def test_wallet_sync_says_what_it_did(pushing: Chain, apns: Apns) -> None:
    well, bad = held(pushing), held(pushing)
    apns.script(bad.token, Say(500))
    run = pushing.app.test_cli_runner()
    done = run.invoke(args=["wallet", "sync", f"--company={pushing.slug}"])
    assert done.exit_code == 0
    assert f"{pushing.slug}: all is well; 1 sent, 0 the same, 1 failed" in done.output
    done = run.invoke(args=["wallet", "sync", f"--company={pushing.slug}", "--all"])
    assert f"{pushing.slug}: 1 had failed, 2 are looked at; 1 sent, 1 the same, 0" in done.output
    assert sorted(apns.tokens()) == sorted([well.token, bad.token, bad.token])  # several at once
    with pushing.acting() as session:
        channels.stop(APPLE, "APNs 403 BadCertificate")
        session.commit()
    done = run.invoke(args=["wallet", "sync", f"--company={pushing.slug}", "--all"])
    assert done.exit_code == 1
    assert f"{pushing.slug}: apple is stopped: APNs 403 BadCertificate" in done.output
    assert f"{pushing.slug}: 2 wait" in done.output


def test_a_night_takes_void_passes_and_old_complaints_away(pushing: Chain, apns: Apns) -> None:
    void, living, now = held(pushing), held(pushing), clock.now()
    settle(pushing)
    change(pushing, ended_at=None)
    with pushing.acting() as session:
        void.row_in(session).ended_at = now
        session.add(DeviceLog(id=new_id(), message="no", said_at=now))
        session.commit()
    with clock.at(now + timedelta(days=29)), pushing.acting():
        assert not {"void passes", "complaints of phones"} & set(cleaning.clean())
    with clock.at(now + timedelta(days=31)), pushing.acting():
        gone = cleaning.clean()
    assert gone["void passes"] == gone["phones with void passes"] == 1
    assert gone["complaints of phones"] >= 1
    with pushing.acting() as session:
        assert session.scalars(select(WalletPass.id)).all() == [living.pass_id]
