"""Anchors: what a card's own chain cannot show is seen, for each way to do it.

Whoever tampers here owns the database, knows the whole schema, and does not know FIELD_KEY: every
trace is taken away, and the card's own chain verifies again.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import audit, ids, nights, schedules, tenancy, verify
from app.database import quiet
from app.errors import Busy
from app.extensions import db
from app.modules.loyalty.ledger import LoyaltyTransaction, anchors
from app.modules.loyalty.ledger.anchors import Anchor
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, Databases
from tests.test_verify import Scene, sabotage

NOW = timedelta(0)


class Anchored(Scene):
    """Two cards of three lines each, and one of two; anchored twice, and a line after that."""

    def __init__(self, app: Flask) -> None:
        self.chain = Chain.open(app, cooldown_minutes=0, max_daily_stamps=None)
        self.company = self.chain.company_id
        self.number, self.other = self.chain.card(), self.chain.card()
        self.card = self.chain.card_row(self.number).id
        self.other_card = self.chain.card_row(self.other).id
        for number in (self.number, self.other, self.chain.card()):
            self.chain.stamp(number)
            self.chain.stamp(number)
        self.take()
        for number in (self.number, self.other):
            self.given = self.chain.stamp(number)
        self.take()
        self.young = self.chain.stamp(self.other)

    def take(self, older_than: timedelta = NOW) -> Anchor:
        with self.chain.acting() as session:
            anchor = anchors.take(older_than=older_than)
            session.commit()
        return anchor

    def said(self) -> list[str]:
        """What is broken, but for what the rest of `verify` says of the same rows."""
        with self.chain.app.app_context():
            return [str(b).partition(": ")[2] for b in verify.breaches(self.company)]


@pytest.fixture(scope="module")
def breakable(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """A database of this module's own: what is broken here stays broken."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    yield application
    dispose(application)


@pytest.fixture
def anchored(breakable: Flask) -> Anchored:
    return Anchored(breakable)


def test_anchors_chain_on_and_hold_all_lines(anchored: Anchored) -> None:
    with anchored.chain.acting() as session:
        first, second = session.scalars(select(Anchor).order_by(Anchor.number)).all()
        heads = sum(
            int.from_bytes(chain, "big")
            for chain in session.scalars(
                select(LoyaltyTransaction.chain).where(LoyaltyTransaction.id <= second.through)
            )
        )
        acts = session.scalar(select(audit.AuditEntry.sequence).order_by(
            audit.AuditEntry.sequence.desc()))  # fmt: skip
    assert [(a.number, a.lines, a.stamps) for a in (first, second)] == [(1, 6, 6), (2, 8, 8)]
    assert int.from_bytes(second.digest, "big") == heads % 2**256
    assert second.acts == acts
    assert anchored.found() == set()


def test_what_is_younger_than_ten_minutes_waits_for_the_next_anchor(anchored: Anchored) -> None:
    with anchored.chain.acting() as session:
        anchor = anchors.take()
        session.commit()
    assert (anchor.number, anchor.lines) == (3, 8)
    assert anchored.take().lines == 9
    assert anchored.found() == set()


_CARD = "company_id = :company AND card_id = :card"
_ROW = "company_id = :company AND id = :card"
_LAST = f"DELETE FROM loyalty_transactions WHERE {_CARD} AND sequence = 3"
_TOLD = (
    "DELETE FROM outbox WHERE company_id = :company AND body LIKE"
    " '%' || (SELECT id FROM loyalty_transactions WHERE {}) || '%'"
)
_BACK = (
    "UPDATE loyalty_cards SET sequence = 2, stamps_balance = 2, head = (SELECT chain FROM"
    f" loyalty_transactions WHERE {_CARD} AND sequence = 2), last_stamp_at = (SELECT occurred_at"
    f" FROM loyalty_transactions WHERE {_CARD} AND sequence = 2) WHERE {_ROW}"
)


def _cut(scene: Anchored) -> None:
    """The last line goes, with its event, and the card's head goes back: its chain verifies."""
    sabotage(scene, _TOLD.format(f"{_CARD} AND sequence = 3"), _LAST, _BACK)


def test_the_newest_lines_cut_off_with_their_head_are_missed(anchored: Anchored) -> None:
    _cut(anchored)
    assert "anchors" in anchored.found()
    assert any("1 lines that it saw are gone" in each for each in anchored.said())
    assert not {"chain", "head", "balances", "events", "sequence"} & anchored.found()


def test_a_card_put_back_as_an_older_backup_had_it_is_seen(anchored: Anchored) -> None:
    """The very rows of before, head and all; and it has gone on since."""
    _cut(anchored)
    anchored.chain.stamp(anchored.number)
    said = [each for each in anchored.said() if each.startswith("anchors")]
    assert len(said) == 1
    assert "anchor 2" in said[0]
    assert "1 lines that it saw are gone" in said[0]


def test_a_card_that_is_gone_altogether_is_missed(anchored: Anchored) -> None:
    lines = "loyalty_transactions WHERE company_id = :company AND card_id = :card"
    events = "DELETE FROM outbox WHERE company_id = :company AND (body LIKE '%' || :card || '%')"
    sabotage(anchored, events, f"DELETE FROM {lines}", f"DELETE FROM loyalty_cards WHERE {_ROW}")
    first, second = (each for each in anchored.said() if each.startswith("anchors"))
    assert "2 lines that it saw are gone" in first
    assert "1 lines that it saw are gone" in second
    assert not {"chain", "head", "balances", "events", "sequence"} & anchored.found()


def test_a_chain_replaced_by_one_under_another_key_is_seen(anchored: Anchored) -> None:
    """As many lines, as many points: neither its own chain nor the anchors take it for the old."""
    forged = (
        f"UPDATE loyalty_transactions SET chain = (SELECT chain FROM loyalty_transactions AS o"
        f" WHERE o.company_id = :company AND o.card_id = :other AND"
        f" o.sequence = loyalty_transactions.sequence) WHERE {_CARD}"
    )
    head = (
        "UPDATE loyalty_cards SET head = (SELECT chain FROM loyalty_transactions WHERE"
        f" {_CARD} AND sequence = 3) WHERE {_ROW}"
    )
    sabotage(anchored, forged, head)
    assert {"chain", "anchors"} <= anchored.found()
    assert any("lines are not those that it saw" in each for each in anchored.said())


def test_a_line_slipped_in_under_an_anchor_is_seen(anchored: Anchored) -> None:
    older = f"UPDATE loyalty_transactions SET id = id - {10**15} WHERE id = {{}}"
    sabotage(anchored, older.format(anchored.young["transaction_id"]))
    assert any("1 lines are there that it did not see" in each for each in anchored.said())


ANCHORS: dict[str, tuple[str, str]] = {
    "an anchor that is gone": (
        "DELETE FROM anchors WHERE company_id = :company AND number = 1",
        "anchor 2",
    ),
    "an anchor that counts fewer lines": (
        "UPDATE anchors SET lines = lines - 1 WHERE company_id = :company AND number = 2",
        "anchor 2",
    ),
    "an anchor that goes less far": (
        "UPDATE anchors SET through = through - 1 WHERE company_id = :company AND number = 1",
        "anchor 1",
    ),
    "an anchor of another audit": (
        "UPDATE anchors SET acts = acts - 1 WHERE company_id = :company AND number = 2",
        "anchor 2",
    ),
    "an audit that was cut off": (
        "DELETE FROM audit_entries WHERE company_id = :company AND sequence ="
        " (SELECT max(acts) FROM anchors WHERE company_id = :company)",
        "of the audit is not as it saw it",
    ),
}


@pytest.mark.parametrize("said", ANCHORS)
def test_an_anchor_that_does_not_hold_is_told(anchored: Anchored, said: str) -> None:
    statement, expected = ANCHORS[said]
    sabotage(anchored, statement)
    assert any(each.startswith("anchors") and expected in each for each in anchored.said())


def test_whoever_takes_the_same_anchor_is_refused_by_its_key(anchored: Anchored) -> None:
    """Two nights at once: one anchor, and the other run is tried again."""
    with anchored.chain.acting() as session:
        number = anchors.take(older_than=NOW).number
        session.rollback()
        again = anchors.take(older_than=NOW)
        assert again.number == number
        session.commit()
        session.expunge(again)
        session.add(Anchor(**{c.name: getattr(again, c.name) for c in Anchor.__table__.c}))
        with pytest.raises(IntegrityError):
            session.flush()


# SQLite's one writer has ended before another writes.
@pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True)
def test_a_line_that_is_not_committed_yet_is_waited_for(
    anchored: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids are made before the commit: an anchor over the moment between would miss the line."""
    monkeypatch.setattr(quiet, "_PATIENCE", 0)
    with (
        anchored.chain.app.app_context(),
        tenancy.crossing(tenancy.OWNER),
        db.engine.connect() as other,
        other.begin(),
    ):
        other.execute(select(func.pg_current_xact_id()))
        with anchored.chain.acting(), pytest.raises(Busy):
            anchors.take(older_than=NOW)
    monkeypatch.undo()
    assert anchored.take().lines == 9


def test_every_night_takes_one_after_verifying(anchored: Anchored) -> None:
    kinds: dict[str, Any] = schedules.KINDS
    assert kinds["verify"].at < kinds["anchors"].at
    with anchored.chain.acting() as session:
        told = nights.chains_are_anchored()
        session.commit()
        last = session.scalars(select(Anchor).order_by(Anchor.number.desc())).first()
        assert last is not None
        assert told == f"anchor 3: 8 lines, {last.chain.hex()}"


def test_a_clock_that_ran_ahead_for_a_night_anchors_nothing_that_is_to_come(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Anchored(app)
    an_hour_ns, right = 3_600_000_000_000, time.time_ns
    with monkeypatch.context() as ahead:
        ahead.setattr(ids, "_latest", [0])
        ahead.setattr(time, "time_ns", lambda: right() + an_hour_ns)
        scene.take()
    scene.chain.stamp(scene.other)
    assert scene.said() == []
    scene.take()
    assert scene.said() == []
