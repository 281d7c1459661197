"""PINs: hashed under the pepper, shown once, missed ten times at most.

An attempt is counted and committed before the PIN is hashed, so that a hundred parallel
guesses are a hundred counted ones; success takes the count back. The PIN itself is in no
log, answer or page but the one that shows it once.
"""

import math
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Select,
    SmallInteger,
    String,
    UniqueConstraint,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from config import Keyring

from ... import clock, tenancy, text
from ...database import Model, UtcDateTime, belongs_to, server_now
from ...errors import Invalid, NotFound, Refusal
from ...extensions import db
from .. import passwords
from ..terminals import Terminal
from ..users import lock_after
from . import siege
from .members import StaffMember
from .siege import TERMINAL_FAILURES_A_DAY

# Ten guesses at six digits: one chance in a hundred thousand before the PIN is disabled.
PIN_LENGTH = 6
DISABLED_AT = 10
_PIN = re.compile("[0-9]{4,8}")
# A hash of nothing, for staff who have no PIN yet: it takes as long and never matches.
_NOBODY = "$2b$10$C6UzMDM.H6dfI/f/IKxGhuP5lW1JZ9yq2b1t4F8tqV5yZr9v5m6nW"


class PinInvalid(Refusal):
    code = "pin-invalid"
    status = 401
    title = "Wrong PIN"


class PinLocked(Refusal):
    code = "pin-locked"
    status = 423
    title = "Locked for now"


class StaffPin(tenancy.Tenant, Model):
    """The PIN of one staff member, and how often it was missed."""

    __tablename__ = "staff_pins"
    __table_args__ = (
        belongs_to("staff_members", "staff_id"),
        UniqueConstraint("company_id", "staff_id"),
        CheckConstraint("failures BETWEEN 0 AND 10", name="failures"),
    )

    staff_id: Mapped[int] = mapped_column(BigInteger)
    pin_hash: Mapped[str] = mapped_column(String(72))
    pepper_version: Mapped[int] = mapped_column(SmallInteger)
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    set_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


def fresh_pin() -> tuple[str, str, int]:
    """`(pin, hash, pepper version)` of a system-assigned PIN. Slow: call it before the first
    statement of a transaction and hand the result to `staff.assign`."""
    pin = f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}d}"
    return (pin, *hash_pin(pin))


def hash_pin(pin: str) -> tuple[str, int]:
    return passwords.hashed(pin, purpose="pin", keyring=_pepper(), cost=passwords.PIN_COST)


def replace(member: StaffMember, pin_hash: str, pepper_version: int) -> None:
    """This PIN in place of any other; failures and locks are forgotten."""
    row = db.session.scalar(select(StaffPin).where(StaffPin.staff_id == member.id))
    if row is None:
        row = StaffPin(staff_id=member.id)
        db.session.add(row)
    row.pin_hash, row.pepper_version = pin_hash, pepper_version
    row.failures, row.locked_until, row.set_at = 0, None, clock.now()


def unlock_pin(member: StaffMember) -> None:
    """A manager's forgiveness: the same PIN works again."""
    db.session.execute(
        update(StaffPin).where(StaffPin.staff_id == member.id).values(failures=0, locked_until=None)
    )


def prove(terminal: Terminal, member: StaffMember, pin: str) -> None:
    """Raises `PinInvalid` or `PinLocked` unless the PIN is right, and `Invalid` for what cannot
    be a PIN (that is a slip, and not counted).

    Commits the counted attempt; what success takes back is the caller's to commit.
    """
    if not _PIN.fullmatch(pin):
        raise Invalid({"pin": "expected 4 to 8 digits"})
    kept, version, failures = _count_attempt(terminal, member)
    if not passwords.matches(pin, kept, version, purpose="pin", keyring=_pepper()):
        left = DISABLED_AT - failures
        siege.after_a_miss(member, disabled=failures >= DISABLED_AT)
        raise PinInvalid("That PIN is wrong.", attempts_left=max(left, 0))
    newer = hash_pin(pin) if version != _pepper().current else None
    unlock_pin(member)
    if newer:  # the pepper was rotated: from now on this PIN needs the newest one alone
        _rehash(member, *newer)
    db.session.execute(
        update(Terminal)
        .where(Terminal.id == terminal.id, Terminal.pin_failures > 0)
        .values(pin_failures=Terminal.pin_failures - 1)
    )


def _rehash(member: StaffMember, pin_hash: str, pepper_version: int) -> None:
    db.session.execute(
        update(StaffPin)
        .where(StaffPin.staff_id == member.id)
        .values(pin_hash=pin_hash, pepper_version=pepper_version)
    )


def is_locked(pin: StaffPin | None) -> bool:
    return pin is not None and (
        pin.failures >= DISABLED_AT or bool(pin.locked_until and pin.locked_until > clock.now())
    )


def at_vendor(vendor_id: int) -> Sequence[tuple[StaffMember, StaffPin | None]]:
    """Who may stand at this shop's counter, by name, each with their PIN's state."""
    return _by_name(_with_pins().where(_stands_at(vendor_id)))


def one_at_vendor(vendor_id: int, staff_id: int) -> StaffMember | None:
    """This person, if they may stand at this shop's counter: however many others may, too."""
    return db.session.scalar(
        select(StaffMember).where(StaffMember.id == staff_id, _stands_at(vendor_id))
    )


def _stands_at(vendor_id: int) -> ColumnElement[bool]:
    here = or_(StaffMember.vendor_id == vendor_id, StaffMember.vendor_id.is_(None))
    return and_(StaffMember.active, here)


def every() -> Sequence[tuple[StaffMember, StaffPin | None]]:
    """The whole staff by name, those who left included."""
    return _by_name(_with_pins())


def _with_pins() -> Select[StaffMember, StaffPin]:
    return (
        select(StaffMember, StaffPin)
        .outerjoin(StaffPin, StaffPin.staff_id == StaffMember.id)
        .order_by(StaffMember.id)
    )


def _by_name(
    query: Select[StaffMember, StaffPin],
) -> list[tuple[StaffMember, StaffPin | None]]:
    """As a person would sort them, on both databases: Étienne before Luca."""
    found = [(member, pin) for member, pin in db.session.execute(query)]
    return sorted(found, key=lambda row: text.folded(row[0].name))


def _count_attempt(terminal: Terminal, member: StaffMember) -> tuple[str, int, int]:
    """`(hash, pepper version, failures with this one)`; raises `PinLocked`. Commits."""
    _count_at_terminal(terminal)
    row = db.session.scalar(
        select(StaffPin)
        .where(StaffPin.staff_id == member.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        db.session.commit()
        return _NOBODY, _pepper().current, 0
    if row.failures >= DISABLED_AT:
        db.session.rollback()
        raise PinLocked("This PIN is disabled after ten misses. A manager gives a new one.")
    if row.locked_until and row.locked_until > clock.now():
        wait = math.ceil((row.locked_until - clock.now()).total_seconds())
        db.session.rollback()
        raise PinLocked(
            f"{member.name}’s PIN was wrong too often. Wait, or ask a manager.",
            retry_after_seconds=wait,
        )
    row.failures += 1
    row.locked_until = lock_after(row.failures)
    answer = row.pin_hash, row.pepper_version, row.failures
    db.session.commit()
    return answer


def _count_at_terminal(terminal: Terminal) -> None:
    """One attempt on the terminal's budget of the day; raises `PinLocked` when it is spent.

    A spent budget locks this terminal alone: no stranger can lock a shop.
    """
    today = clock.now().date()
    row = db.session.scalar(
        select(Terminal)
        .where(Terminal.id == terminal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound()
    if row.pin_failures_on != today:
        row.pin_failures, row.pin_failures_on = 0, today  # type: ignore[assignment]
    if row.pin_failures >= TERMINAL_FAILURES_A_DAY:
        db.session.rollback()
        raise PinLocked("Too many wrong PINs at this terminal today. A manager pairs it again.")
    row.pin_failures += 1


def _pepper() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].pin_pepper
    return keyring
