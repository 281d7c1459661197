"""PINs under siege, through the services: counters in the database, locks that grow, and no
stranger who can lock a shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.accounts import passwords, staff, terminals
from app.accounts.staff import PinInvalid, PinLocked
from app.accounts.staff.siege import TERMINAL_FAILURES_A_DAY
from app.accounts.terminals import Terminal
from app.errors import Refusal
from tests.cast import PIN, Chain

WRONG = "000000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting is judged here, not bcrypt: a guess is compared as it is."""
    monkeypatch.setattr(passwords, "matches", lambda pin, *_, **__: pin == PIN)


def _guess(chain: Chain, pin: str, terminal_id: int | None = None) -> Refusal | None:
    with chain.acting():
        terminal = terminals.find(terminal_id or chain.terminal_id)
        member = staff.find(chain.staff.staff_id or 0)
        try:
            staff.unlock(terminal, member, pin)
        except Refusal as refusal:
            return refusal
    return None


@contextmanager
def _pin(chain: Chain) -> Iterator[staff.StaffPin]:
    with chain.acting() as session:
        query = select(staff.StaffPin).where(staff.StaffPin.staff_id == chain.staff.staff_id)
        yield session.scalars(query).one()


def test_C8_wrong_five_times_locks_with_growing_waits_and_is_disabled_at_ten(
    chain: Chain,
) -> None:
    now = datetime.now(UTC)
    waits: list[int] = []
    for number in range(1, 11):
        with clock.at(now):
            assert isinstance(_guess(chain, WRONG), PinInvalid), number
            refusal = _guess(chain, PIN) if number >= 5 else None
            if refusal and number < 10:
                assert isinstance(refusal, PinLocked)
                waits.append(refusal.figures["retry_after_seconds"])
                now += timedelta(seconds=waits[-1])
    assert waits == [30, 60, 120, 240, 480]
    with clock.at(now + timedelta(days=365)):
        refusal = _guess(chain, PIN)
    assert isinstance(refusal, PinLocked)
    assert "retry_after_seconds" not in refusal.figures  # no waiting helps: a manager does


def test_a_lock_is_asked_before_anything_is_hashed(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        _guess(chain, WRONG)
    hashed: list[Any] = []
    monkeypatch.setattr(passwords, "matches", lambda *args, **_: hashed.append(args))
    assert isinstance(_guess(chain, WRONG), PinLocked)
    assert hashed == []


def test_an_attempt_is_counted_before_it_is_judged(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies while it hashes has not given a guess away."""

    def die(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(passwords, "matches", die)
    with pytest.raises(KeyboardInterrupt):
        _guess(chain, WRONG)
    with _pin(chain) as pin:
        assert pin.failures == 1


def test_the_right_pin_takes_the_count_back(chain: Chain) -> None:
    for _ in range(4):
        _guess(chain, WRONG)
    assert _guess(chain, PIN) is None
    with _pin(chain) as pin:
        assert (pin.failures, pin.locked_until) == (0, None)


def test_C8_a_manager_unlocks(chain: Chain) -> None:
    for _ in range(5):
        _guess(chain, WRONG)
    with chain.acting() as session:
        staff.unlock_pin(staff.find(chain.staff.staff_id or 0))
        session.commit()
    assert _guess(chain, PIN) is None


def test_T30_a_spent_budget_locks_that_terminal_alone_and_for_that_day(chain: Chain) -> None:
    with chain.acting() as session:
        other, _ = terminals.prepare(vendor_id=chain.vendor.id, name="Till 2")
        row = session.scalars(select(Terminal).where(Terminal.id == chain.terminal_id)).one()
        row.pin_failures = TERMINAL_FAILURES_A_DAY - 1
        row.pin_failures_on = clock.now().date()
        session.commit()
    assert isinstance(_guess(chain, WRONG), PinInvalid)
    spent = _guess(chain, PIN)
    assert isinstance(spent, PinLocked)
    assert _guess(chain, PIN, other.id) is None
    with clock.at(datetime.now(UTC) + timedelta(days=1)):
        assert _guess(chain, PIN) is None
