"""Terminals: browsers at a counter, paired once by a code that a manager shows.

The cookie is `<company>.<terminal>.<secret>`; only the secret's hash is kept.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, belongs_to, server_now
from ..errors import NotFound, RateLimited, Refusal
from ..extensions import db
from ..ids import new_id, told

PAIRING_MINUTES = 15
MOST_MISSES = 20
MISSES_SECONDS = 5 * 60
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 8


class PairingFailed(Refusal):
    code = "pairing-failed"
    status = 401
    title = "That code does not pair"


class Terminal(tenancy.Tenant, Model):
    """One paired (or still to be paired) browser at a vendor's counter."""

    __tablename__ = "terminals"
    __table_args__ = (
        belongs_to("vendors", "vendor_id"),
        UniqueConstraint("company_id", "code_hash"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("pin_failures >= 0", name="pin_failures"),
        CheckConstraint("misses >= 0", name="misses"),
    )

    vendor_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    code_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Failed PINs of one UTC day, and card look-ups that missed in one window.
    pin_failures: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    pin_failures_on: Mapped[datetime | None] = mapped_column(Date)
    misses: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    misses_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


def prepare(*, vendor_id: int, name: str) -> tuple[Terminal, str]:
    """A terminal waiting for its browser, and the one-time code to type there."""
    terminal = Terminal(id=new_id(), vendor_id=vendor_id, name=text.name(name))
    db.session.add(terminal)
    return terminal, new_code(terminal)


def new_code(terminal: Terminal) -> str:
    """A fresh one-time code, valid for a quarter of an hour; an earlier one stops working."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    terminal.code_hash = _digest(code)
    terminal.code_ends_at = clock.now() + timedelta(minutes=PAIRING_MINUTES)
    return f"{code[:4]}-{code[4:]}"


def pair(code: str) -> tuple[str, int]:
    """`(cookie, company id)` for the browser that types a valid code; raises `PairingFailed`.

    The code is consumed by one conditional UPDATE: two browsers cannot share it.
    """
    typed = "".join(c for c in code.upper() if c.isalnum())
    secret = secrets.token_urlsafe(32)
    with_code = Terminal.code_hash == _digest(typed)
    row = db.session.execute(
        update(Terminal)
        .where(with_code, Terminal.code_ends_at > clock.now(), Terminal.revoked_at.is_(None))
        .values(
            code_hash=None,
            code_ends_at=None,
            secret_hash=_digest(secret),
            paired_at=clock.now(),
            pin_failures=0,  # a manager's code vouches for whoever stands there
        )
        .returning(Terminal.company_id, Terminal.id)
    ).one_or_none()
    if row is None:
        raise PairingFailed("That code is wrong, used or older than 15 minutes. Ask for a new one.")
    return f"{row.company_id}.{row.id}.{secret}", row.company_id


def paired(cookie: str) -> Terminal | None:
    """The terminal a cookie proves, in the acting company."""
    parts = cookie.split(".")
    terminal_id = told(parts[1]) if len(parts) == 3 else None
    if terminal_id is None:
        return None
    terminal = db.session.get(Terminal, (tenancy.company_id(), terminal_id))
    if terminal is None or terminal.revoked_at or terminal.secret_hash is None:
        return None
    return terminal if hmac.compare_digest(terminal.secret_hash, _digest(parts[2])) else None


def begin_look_up(terminal: Terminal) -> None:
    """Let this terminal look for a card, one look-up at a time; raises `RateLimited` after
    20 misses in 5 minutes, so that nobody finds out whose phone numbers are known here."""
    db.session.refresh(terminal, with_for_update=True)
    since = terminal.misses_since
    left = MISSES_SECONDS - (clock.now() - since).total_seconds() if since else 0
    if not 0 < left <= MISSES_SECONDS:
        terminal.misses, terminal.misses_since = 0, None
    elif terminal.misses >= MOST_MISSES:
        raise RateLimited(
            "Too many look-ups found nothing. Scan the card, or wait.",
            retry_after_seconds=math.ceil(left),
        )


def count_miss(terminal: Terminal) -> None:
    """A look-up found nothing. Commit it although the answer is a refusal."""
    terminal.misses += 1
    terminal.misses_since = terminal.misses_since or clock.now()


def revoke(terminal: Terminal) -> None:
    """The browser is out at once."""
    terminal.revoked_at, terminal.secret_hash, terminal.code_hash = clock.now(), None, None


def find(terminal_id: int) -> Terminal:
    """The acting company's terminal; raises `NotFound`."""
    terminal = db.session.get(Terminal, (tenancy.company_id(), terminal_id))
    if terminal is None:
        raise NotFound("There is no such terminal.")
    return terminal


def every() -> Sequence[Terminal]:
    """The company's terminals, oldest first, revoked ones left out."""
    query = select(Terminal).where(Terminal.revoked_at.is_(None)).order_by(Terminal.id)
    return db.session.scalars(query).all()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
