"""Many wrong PINs: budgets of a day for a terminal and for the company, and who is told."""

from typing import Any

from sqlalchemy import func, select, update

from ... import clock, outbox
from ...extensions import db
from ..terminals import Terminal
from .members import StaffMember

TERMINAL_FAILURES_A_DAY = 40
COMPANY_FAILURES_A_DAY = 100
_OFTEN = 5  # misses at one terminal that are no slip


def after_a_miss(member: StaffMember, *, disabled: bool) -> None:
    """After a miss: tell of a PIN that is no use any more, and of a siege. Commits.

    The company's budget of a day, spent, locks only the terminals that missed often, so that no
    stranger locks a shop; a slip elsewhere stays a slip.
    """
    today = clock.now().date()
    if disabled:
        outbox.put("pin.disabled", staff=str(member.id))
    missed = (Terminal.pin_failures_on == today) & (Terminal.pin_failures >= _OFTEN)
    misses = select(func.coalesce(func.sum(Terminal.pin_failures), 0))
    total = db.session.scalar(misses.where(Terminal.pin_failures_on == today)) or 0
    open_ones = missed & (Terminal.pin_failures < TERMINAL_FAILURES_A_DAY)
    if total >= COMPANY_FAILURES_A_DAY:
        locked: Any = db.session.execute(
            update(Terminal).where(open_ones).values(pin_failures=TERMINAL_FAILURES_A_DAY)
        )
        if locked.rowcount:
            outbox.put("pins.besieged")
    db.session.commit()
