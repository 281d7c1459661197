"""Staff members, their PINs and the short sessions that carry the proof.

An attempt is counted and committed before the PIN is hashed, so that a hundred parallel
guesses are a hundred counted ones; success takes the count back. The PIN itself is in no
log, answer or page but the one that shows it once.
"""

import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    UniqueConstraint,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from config import Keyring

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, belongs_to, company_table, server_now
from ..errors import Invalid, NotFound, Refusal
from ..extensions import db
from ..ids import new_id, told
from . import passwords
from .terminals import Terminal
from .users import lock_after

PIN_LENGTH = 4
_PIN = re.compile("[0-9]{4,8}")
DISABLED_AT = 10
SESSION_HOURS = 12
IDLE_SECONDS = 120
TERMINAL_FAILURES_A_DAY = 40
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


class StaffMember(tenancy.Tenant, Model):
    """A person behind the counter; without a vendor they work in every shop."""

    __tablename__ = "staff_members"
    __table_args__ = (
        company_table(),
        belongs_to("vendors", "vendor_id"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("role IN ('staff', 'manager')", name="role"),
    )

    vendor_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(8), server_default="staff", default="staff")
    active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


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


class StaffSession(tenancy.Tenant, Model):
    """A person at one terminal from unlock to lock; `proven` says that a PIN was given."""

    __tablename__ = "staff_sessions"
    __table_args__ = (
        belongs_to("staff_members", "staff_id"),
        belongs_to("terminals", "terminal_id"),
    )

    staff_id: Mapped[int] = mapped_column(BigInteger)
    terminal_id: Mapped[int] = mapped_column(BigInteger)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    proven: Mapped[bool] = mapped_column(Boolean, server_default=true())
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class AtCounter:
    """Who stands at the terminal."""

    member: StaffMember
    proven: bool


def create(*, name: str, vendor_id: int | None, role: str = "staff") -> StaffMember:
    """A new staff member of the acting company; raises `Invalid`."""
    member = StaffMember(id=new_id(), name=text.name(name), vendor_id=vendor_id, role=role)
    db.session.add(member)
    return member


def fresh_pin() -> tuple[str, str, int]:
    """`(pin, hash, pepper version)` of a system-assigned PIN. Slow: call it before the first
    statement of a transaction and hand the result to `assign`."""
    pin = f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}d}"
    return (pin, *hash_pin(pin))


def hash_pin(pin: str) -> tuple[str, int]:
    return passwords.hashed(pin, purpose="pin", keyring=_pepper(), cost=passwords.PIN_COST)


def assign(member: StaffMember, pin_hash: str, pepper_version: int) -> None:
    """Give the member this PIN in place of any other; failures and locks are forgotten."""
    row = db.session.scalar(select(StaffPin).where(StaffPin.staff_id == member.id))
    if row is None:
        row = StaffPin(staff_id=member.id)
        db.session.add(row)
    row.pin_hash, row.pepper_version = pin_hash, pepper_version
    row.failures, row.locked_until, row.set_at = 0, None, clock.now()
    _end_sessions(member.id)


def unlock_pin(member: StaffMember) -> None:
    """A manager's forgiveness: the same PIN works again."""
    db.session.execute(
        update(StaffPin).where(StaffPin.staff_id == member.id).values(failures=0, locked_until=None)
    )


def deactivate(member: StaffMember) -> None:
    """Gone from every counter at once; their lines keep their name."""
    member.active = False
    _end_sessions(member.id)


def activate(member: StaffMember) -> None:
    """Back at the counter, with the PIN as it was."""
    member.active = True


def unlock(terminal: Terminal, member: StaffMember, pin: str) -> str:
    """The session cookie of a person whose PIN is right; raises `PinInvalid`, `PinLocked`, and
    `Invalid` for what cannot be a PIN (that is a slip, and not counted).

    Commits twice: the counted attempt, then the session. Between them no transaction is open.
    """
    if not _PIN.fullmatch(pin):
        raise Invalid({"pin": "expected 4 to 8 digits"})
    kept, version, failures = _count_attempt(terminal, member)
    if not passwords.matches(pin, kept, version, purpose="pin", keyring=_pepper()):
        left = DISABLED_AT - failures
        raise PinInvalid("That PIN is wrong.", attempts_left=max(left, 0))
    db.session.execute(
        update(StaffPin).where(StaffPin.staff_id == member.id).values(failures=0, locked_until=None)
    )
    db.session.execute(
        update(Terminal)
        .where(Terminal.id == terminal.id, Terminal.pin_failures > 0)
        .values(pin_failures=Terminal.pin_failures - 1)
    )
    cookie = open_session(terminal, member, proven=True)
    db.session.commit()
    return cookie


def open_session(terminal: Terminal, member: StaffMember, *, proven: bool) -> str:
    """A person's session at this terminal; whoever was there before is out."""
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.terminal_id == terminal.id, StaffSession.ends_at > clock.now())
        .values(ends_at=clock.now())
    )
    secret = secrets.token_urlsafe(32)
    row = StaffSession(
        id=new_id(),
        staff_id=member.id,
        terminal_id=terminal.id,
        secret_hash=_digest(secret),
        proven=proven,
        ends_at=clock.now() + timedelta(hours=SESSION_HOURS),
    )
    db.session.add(row)
    return f"{row.id}.{secret}"


def at_counter(terminal: Terminal, cookie: str) -> AtCounter | None:
    """Who the staff cookie proves at this terminal, or None."""
    head, _, secret = cookie.partition(".")
    session_id = told(head)
    if session_id is None:
        return None
    found = db.session.execute(
        select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(StaffSession.id == session_id, StaffSession.terminal_id == terminal.id)
    ).one_or_none()
    if found is None:
        return None
    session, member = found
    if not hmac.compare_digest(session.secret_hash, _digest(secret)):
        return None
    return (
        AtCounter(member, session.proven)
        if session.ends_at > clock.now() and member.active
        else None
    )


def lock(terminal: Terminal) -> None:
    """Nobody is at this terminal any more."""
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.terminal_id == terminal.id, StaffSession.ends_at > clock.now())
        .values(ends_at=clock.now())
    )


def find(staff_id: int) -> StaffMember:
    """The acting company's staff member; raises `NotFound`."""
    member = db.session.get(StaffMember, (tenancy.company_id(), staff_id))
    if member is None:
        raise NotFound("There is no such person.")
    return member


def at_vendor(vendor_id: int) -> Sequence[tuple[StaffMember, StaffPin | None]]:
    """Who may stand at this shop's counter, by name, each with their PIN's state."""
    query = _with_pins().where(
        StaffMember.active,
        or_(StaffMember.vendor_id == vendor_id, StaffMember.vendor_id.is_(None)),
    )
    return [(member, pin) for member, pin in db.session.execute(query)]


def every() -> Sequence[tuple[StaffMember, StaffPin | None]]:
    """The whole staff by name, those who left included."""
    return [(member, pin) for member, pin in db.session.execute(_with_pins())]


def is_locked(pin: StaffPin | None) -> bool:
    return pin is not None and (
        pin.failures >= DISABLED_AT or bool(pin.locked_until and pin.locked_until > clock.now())
    )


def _with_pins() -> Select[StaffMember, StaffPin]:
    return (
        select(StaffMember, StaffPin)
        .outerjoin(StaffPin, StaffPin.staff_id == StaffMember.id)
        .order_by(StaffMember.name, StaffMember.id)
    )


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
        return _NOBODY, 1, 0
    if row.failures >= DISABLED_AT:
        db.session.rollback()
        raise PinLocked("This PIN is disabled after ten misses. A manager gives a new one.")
    if row.locked_until and row.locked_until > clock.now():
        wait = math.ceil((row.locked_until - clock.now()).total_seconds())
        db.session.rollback()
        raise PinLocked("Too many misses. Wait, or ask a manager.", retry_after_seconds=wait)
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


def _end_sessions(staff_id: int) -> None:
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ends_at > clock.now())
        .values(ends_at=clock.now())
    )


def _pepper() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].pin_pepper
    return keyring


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
