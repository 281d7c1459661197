"""C8: a siege of PINs is told to the admins, and locks the terminals it comes from alone."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, mail
from app.accounts import staff, terminals
from app.accounts.staff import PinInvalid, PinLocked, StaffPin
from app.accounts.staff.siege import COMPANY_FAILURES_A_DAY, TERMINAL_FAILURES_A_DAY
from app.accounts.terminals import Terminal
from tests.cast import Chain
from tests.test_jobs import drained


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


WRONG = "9753"


def letters(app: Flask, to: str) -> list[str]:
    drained(app)
    with app.app_context():
        folder: Path = mail.folder()
    return [text for path in folder.glob("*.eml") if f"To: {to}" in (text := path.read_text())]


def miss(chain: Chain, terminal_id: int) -> None:
    with chain.acting():
        assert chain.staff.staff_id
        member = staff.find(chain.staff.staff_id)
        staff.unlock(terminals.find(terminal_id), member, WRONG)


def test_C8_a_disabled_pin_is_told_to_the_admins(app: Flask, chain: Chain) -> None:
    with chain.acting() as session:
        session.execute(update(StaffPin).values(failures=9, locked_until=None))
        session.commit()
    with pytest.raises(PinInvalid):
        miss(chain, chain.terminal_id)
    (letter,) = letters(app, chain.admin.email)
    assert "Subject: A PIN was disabled after ten misses" in letter


def test_C8_a_spent_budget_locks_the_terminals_that_missed_and_no_other(
    app: Flask, chain: Chain
) -> None:
    today = clock.now().date()
    with chain.acting() as session:
        others = [terminals.prepare(vendor_id=chain.vendor.id, name=f"T{n}")[0] for n in range(3)]
        session.flush()
        for other in others:
            other.pin_failures, other.pin_failures_on = COMPANY_FAILURES_A_DAY // 3, today
        others[2].pin_failures = 1
        others[0].pin_failures += COMPANY_FAILURES_A_DAY // 3
        session.commit()
        besieged, quiet = others[1].id, others[2].id
    with pytest.raises(PinInvalid):
        miss(chain, chain.terminal_id)
    with chain.acting() as session:
        counts = dict(session.execute(select(Terminal.id, Terminal.pin_failures)).all())
    assert counts[besieged] == TERMINAL_FAILURES_A_DAY
    assert counts[chain.terminal_id] == 1
    assert counts[quiet] == 1
    with pytest.raises(PinLocked):
        miss(chain, besieged)
    assert len(letters(app, chain.admin.email)) == 1
