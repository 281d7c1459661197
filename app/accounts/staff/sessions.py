"""A person at a terminal, from unlock to lock: the short session that carries the proof."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Boolean, ColumnElement, LargeBinary, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from ... import clock, tenancy
from ...database import Model, UtcDateTime, belongs_to
from ...extensions import db
from ...ids import new_id, told
from ..terminals import Terminal
from . import pins
from .members import StaffMember

SESSION_HOURS = 12
IDLE_SECONDS = 120


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


def unlock(terminal: Terminal, member: StaffMember, pin: str) -> str:
    """The session cookie of a person whose PIN is right; raises as `pins.prove` does.

    Commits twice: the counted attempt, then the session. Between them no transaction is open.
    """
    pins.prove(terminal, member, pin)
    cookie = open_session(terminal, member, proven=True)
    db.session.commit()
    return cookie


def open_session(terminal: Terminal, member: StaffMember, *, proven: bool) -> str:
    """A person's session at this terminal; whoever was there before is out."""
    lock(terminal)
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
    _end(StaffSession.terminal_id == terminal.id)


def assign(member: StaffMember, pin_hash: str, pepper_version: int) -> None:
    """Give the member this PIN in place of any other; whoever stands there with the old one is
    out."""
    pins.replace(member, pin_hash, pepper_version)
    send_away(member)


def send_away(member: StaffMember) -> None:
    """The person is at no terminal any more: their PIN changed, or they left."""
    _end(StaffSession.staff_id == member.id)


def deactivate(member: StaffMember) -> None:
    """Gone from every counter at once; their lines keep their name."""
    member.active = False
    send_away(member)


def _end(whose: ColumnElement[bool]) -> None:
    now = clock.now()
    open_ones = update(StaffSession).where(whose, StaffSession.ends_at > now)
    db.session.execute(open_ones.values(ends_at=now))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
